import { describe, expect, it } from 'vitest';
import { Keepalive, Watchdog } from '../../src/proxy/watch.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('a limit on the time without data', () => {
  const make = () => {
    const clock = new FakeClock();
    const timeouts: number[] = [];
    const start = clock.elapsed();
    const watchdog = new Watchdog(clock, 1_000, () => timeouts.push(clock.elapsed() - start));
    return { clock, watchdog, timeouts };
  };

  it('passes once for each interval of silence', () => {
    const { clock, timeouts } = make();
    clock.advance(999);
    expect(timeouts).toEqual([]);
    clock.advance(1);
    expect(timeouts).toEqual([1_000]);
    clock.advance(1_500);
    expect(timeouts).toEqual([1_000, 2_000]);
  });

  it('begins again with each touch', () => {
    const { clock, watchdog, timeouts } = make();
    clock.advance(600);
    watchdog.touch();
    clock.advance(999);
    expect(timeouts).toEqual([]);
    clock.advance(1);
    expect(timeouts).toEqual([1_600]);
  });

  it('does not pass while it is paused, and begins again afterwards', () => {
    const { clock, watchdog, timeouts } = make();
    watchdog.pause();
    clock.advance(2_500);
    expect(timeouts).toEqual([]);
    watchdog.resume();
    clock.advance(999);
    expect(timeouts).toEqual([]);
    clock.advance(1);
    expect(timeouts).toEqual([3_500]);
  });

  it('leaves no timer when it is stopped', () => {
    const { clock, watchdog, timeouts } = make();
    watchdog.stop();
    watchdog.stop();
    expect(clock.pending).toBe(0);
    clock.advance(5_000);
    expect(timeouts).toEqual([]);
  });
});

describe('the keepalive of a response', () => {
  const make = () => {
    const clock = new FakeClock();
    const start = clock.elapsed();
    const sent: string[] = [];
    const at = () => (clock.elapsed() - start) / 1_000;
    const keepalive = new Keepalive(clock, 50_000, {
      ping: () => sent.push(`ping ${at()}`),
      realEvent: () => sent.push(`event ${at()}`),
    });
    return { clock, keepalive, sent };
  };

  it('is a ping for each interval and a real event every two minutes', () => {
    const { clock, sent } = make();
    clock.advance(240_000);
    expect(sent).toEqual(['ping 50', 'ping 100', 'event 120', 'ping 150', 'ping 200', 'event 240']);
  });

  it('begins again after a real event', () => {
    const { clock, keepalive, sent } = make();
    clock.advance(40_000);
    keepalive.onEventSent();
    clock.advance(119_000);
    expect(sent).toEqual(['ping 90', 'ping 140']);
    clock.advance(1_000);
    expect(sent.at(-1)).toBe('event 160');
  });

  it('leaves no timer when it is stopped', () => {
    const { clock, keepalive } = make();
    keepalive.stop();
    expect(clock.pending).toBe(0);
  });
});
