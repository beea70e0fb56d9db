import { expect, it } from 'vitest';
import { CandidateHeaders } from '../../src/proxy/candidate-headers.ts';

function response() {
  const headers = new Map<string, string>();
  const world = { headers, headersSent: false };
  const raw = {
    get headersSent() {
      return world.headersSent;
    },
    setHeader: (name: string, value: string) => void headers.set(name, value),
    removeHeader: (name: string) => void headers.delete(name),
  };
  return { world, ofCandidate: new CandidateHeaders(raw as never) };
}

it('the headers of a candidate are removed when it fails, and no others', () => {
  const { world, ofCandidate } = response();
  world.headers.set('x-own', '1');
  ofCandidate.set({ 'x-limit': '5', 'x-other': '6' });
  expect([...world.headers.keys()]).toEqual(['x-own', 'x-limit', 'x-other']);
  ofCandidate.remove();
  expect([...world.headers.keys()]).toEqual(['x-own']);
  world.headers.set('x-limit', '7');
  ofCandidate.remove();
  expect(world.headers.get('x-limit')).toBe('7');
});

it('nothing changes once the headers were sent', () => {
  const { world, ofCandidate } = response();
  ofCandidate.set({ 'x-limit': '5' });
  world.headersSent = true;
  ofCandidate.set({ 'x-other': '6' });
  ofCandidate.remove();
  expect([...world.headers]).toEqual([['x-limit', '5']]);
});
