import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { colorProps, type Theme } from '../theme.ts';

/** Rows above the content. */
export const frameTop = 2;

/** The frame of every overlay: a title, the content and the key hints. */
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
      <Text bold wrap="truncate" {...colorProps(theme.accent)}>
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
