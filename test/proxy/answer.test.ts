import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { remedyWords } from '../../src/errors/remedies.ts';
import { errorHeaders, JsonAnswer, SseAnswer } from '../../src/proxy/answer.ts';

/** A response that records what it was told. */
class FakeResponse extends EventEmitter {
  readonly calls: unknown[][] = [];
  headersSent = false;
  destroyed = false;
  /** Whether a write fits into the socket's buffer. */
  fits = true;

  writeHead(status: number, headers: object): void {
    this.headersSent = true;
    this.calls.push(['head', status, headers]);
  }

  write(text: string): boolean {
    this.calls.push(['write', text]);
    return this.fits;
  }

  end(text?: string): void {
    this.calls.push(text === undefined ? ['end'] : ['end', text]);
  }

  destroy(): void {
    this.destroyed = true;
    this.calls.push(['destroy']);
  }
}

let raw: FakeResponse;
beforeEach(() => {
  raw = new FakeResponse();
});
const remedies = remedyWords(undefined);
const stream = () => new SseAnswer(raw as unknown as ServerResponse, 'req_1', remedies);
const message = () => new JsonAnswer(raw as unknown as ServerResponse, 'req_1', remedies);
const failure = new CcpError('upstream_failed', 'It broke.');
const ping = { type: 'ping' } as const;

describe('the headers of an error', () => {
  it('contain the delay only when there is one', () => {
    expect(errorHeaders(failure, 'req_1')).toMatchObject({ 'content-type': 'application/json', 'request-id': 'req_1' });
    expect(errorHeaders(failure, 'req_1')).not.toHaveProperty('retry-after');
    const limited = new CcpError('rate_limited', 'Later.', { retryAfterSec: 1.2 });
    expect(errorHeaders(limited, 'req_1')).toHaveProperty('retry-after', '2');
  });
});

describe('a streamed answer', () => {
  it('sends its status with the first event, once', () => {
    const answer = stream();
    expect([answer.committed, answer.flush()]).toEqual([false, undefined]);
    answer.emit(ping);
    expect(answer.committed).toBe(true);
    answer.flush();
    answer.emit(ping);
    answer.flush();
    expect(raw.calls).toEqual([
      [
        'head',
        200,
        { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'request-id': 'req_1' },
      ],
      ['write', 'event: ping\ndata: {"type":"ping"}\n\n'],
      ['write', 'event: ping\ndata: {"type":"ping"}\n\n'],
    ]);
  });

  it.each(['drain', 'close'])(
    'waits for a slow client until "%s", with one promise and no listener left',
    async (event) => {
      const answer = stream();
      raw.fits = false;
      answer.emit(ping);
      const first = answer.flush();
      answer.emit(ping);
      expect(answer.flush()).toBe(first);
      expect([raw.listenerCount('drain'), raw.listenerCount('close')]).toEqual([1, 1]);
      raw.emit(event);
      await first;
      expect([raw.listenerCount('drain'), raw.listenerCount('close')]).toEqual([0, 0]);
      answer.emit(ping);
      const second = answer.flush();
      expect(second).toBeInstanceOf(Promise);
      expect(second).not.toBe(first);
    },
  );

  it('writes nothing to a client that has gone', () => {
    const answer = stream();
    answer.emit(ping);
    raw.destroyed = true;
    expect(answer.flush()).toBeUndefined();
    expect(raw.calls).toEqual([]);
  });

  it('fails with a status before content, and with an event after it', () => {
    stream().fail(failure);
    expect(raw.calls[0]?.slice(0, 2)).toEqual(['head', failure.row.status]);
    expect(JSON.parse(String(raw.calls[1]?.[1]))).toMatchObject({ type: 'error', request_id: 'req_1' });
    raw = new FakeResponse();
    const answer = stream();
    answer.emit(ping);
    answer.fail(failure);
    expect(raw.calls.map(([name]) => name)).toEqual(['head', 'write', 'end']);
    expect(raw.calls[1]?.[1]).toContain('event: error');
  });
});

describe('an answer as one message', () => {
  it('is sent when it ends, and buffers nothing in the socket before', () => {
    const answer = message();
    answer.emit({
      type: 'message_start',
      message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null },
    } as never);
    expect([answer.flush(), answer.committed, answer.streaming, raw.calls.length]).toEqual([
      undefined,
      false,
      false,
      0,
    ]);
    answer.end();
    expect(raw.calls[0]).toEqual(['head', 200, { 'content-type': 'application/json', 'request-id': 'req_1' }]);
    expect(JSON.parse(String(raw.calls[1]?.[1]))).toMatchObject({ id: 'm' });
  });

  it.each([
    ['a client that has gone', { destroyed: true }],
    ['an answer whose status was sent', { headersSent: true }],
  ])('is not sent to %s', (_name, state) => {
    Object.assign(raw, state);
    message().end();
    expect(raw.calls).toEqual([]);
  });

  it('fails by closing the connection when its status was sent, and not at all when the client has gone', () => {
    raw.headersSent = true;
    message().fail(failure);
    expect(raw.calls).toEqual([['destroy']]);
    message().fail(failure);
    expect(raw.calls).toEqual([['destroy']]);
  });
});
