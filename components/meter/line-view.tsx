import { Text } from 'ink';
import { colorProps, type Theme } from '../theme.ts';
import type { Span } from './line.ts';

/** One row of text pieces. A row without text is an empty row. */
export function LineView({ spans, theme }: { readonly spans: readonly Span[]; readonly theme: Theme }) {
  const pieces = spans.length > 0 ? spans : [{ text: ' ' }];
  let column = 0;
  return (
    <Text wrap="truncate">
      {pieces.map((span) => {
        const key = column;
        column += span.text.length;
        return <SpanView key={key} span={span} theme={theme} />;
      })}
    </Text>
  );
}

function SpanView({ span, theme }: { readonly span: Span; readonly theme: Theme }) {
  const { text, tone, back, bold, dim } = span;
  const background = back && theme[back];
  return (
    <Text
      bold={bold === true}
      dimColor={dim === true && theme.dims}
      {...colorProps(tone && theme[tone])}
      {...(background === undefined ? {} : { backgroundColor: background })}
    >
      {text}
    </Text>
  );
}
