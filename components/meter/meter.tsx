import type { LineTarget } from './line.ts';
import type { MeterProps } from './props.ts';
import { SideMeter, sideMeterLines } from './side.tsx';
import { BottomMeter, RowMeter } from './strip.tsx';
import { bottomLines, rowLine } from './strip-lines.ts';

/** The live meter, in the layout that fits the terminal. */
export function Meter(props: MeterProps) {
  if (props.layout === 'off') return <RowMeter {...props} />;
  return props.layout === 'bottom' ? <BottomMeter {...props} /> : <SideMeter {...props} />;
}

/** What is shown in a row of the meter, for the mouse; 0 is the first row. */
export function meterTarget(props: MeterProps, row: number): LineTarget | undefined {
  if (props.layout === 'off') return rowLine(props).target;
  if (props.layout === 'bottom') return bottomLines(props)[row - 1]?.target;
  return sideMeterLines(props)[row]?.target;
}
