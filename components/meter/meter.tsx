import type { MeterProps } from './rows.ts';
import { SideMeter } from './side.tsx';
import { BarMeter, BottomMeter } from './strip.tsx';

/** The live meter, in the layout that fits the terminal. */
export function Meter(props: MeterProps) {
  if (props.layout === 'off') return <BarMeter {...props} />;
  return props.layout === 'bottom' ? <BottomMeter {...props} /> : <SideMeter {...props} />;
}
