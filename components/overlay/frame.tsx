import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { type Theme, toned } from '../theme.ts';

/** The box every overlay stands in: a title, the content, the keys that work here. */
export function Frame({
  title,
  keys,
  cols,
  rows,
  theme,
  children,
}: {
  readonly title: string;
  readonly keys: string;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly children: ReactNode;
}) {
  return (
    <Box
      width={cols}
      height={rows}
      flexDirection="column"
      borderStyle="round"
      paddingX={1}
      overflow="hidden"
      {...borderTone(theme)}
    >
      <Text bold wrap="truncate" {...toned(theme.accent)}>
        {title}
      </Text>
      <Box flexDirection="column" flexGrow={1} overflow="hidden">
        <Box flexDirection="column" flexShrink={0}>
          {children}
        </Box>
      </Box>
      <Text dimColor wrap="truncate">
        {keys}
      </Text>
    </Box>
  );
}

const borderTone = (theme: Theme): { borderColor?: string } =>
  theme.accent === undefined ? {} : { borderColor: theme.accent };
