import { expect, it } from 'vitest';
import { encodeData, encodeEvent } from '../../src/sse/encoder.ts';

it('an event is encoded with its name, and its data in one line', () => {
  const delta = { type: 'text_delta', text: 'one\ntwo' } as const;
  expect(encodeEvent({ type: 'content_block_delta', index: 0, delta })).toBe(
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"one\\ntwo"}}\n\n',
  );
});

it('data is encoded without a name', () => {
  expect(encodeData({ text: 'one\r\ntwo' })).toBe('data: {"text":"one\\r\\ntwo"}\n\n');
});
