import { describe, expect, it } from 'vitest';
import { isPage, readFailure } from '../../../src/translate/failures/read.ts';

const read = (body: unknown) => readFailure(typeof body === 'string' ? body : JSON.stringify(body));
const words = (body: unknown) => read(body).message;

describe('an error body', () => {
  it.each([
    ['in an error', { error: { code: 'slow_down', message: 'Slower.' } }, 'slow_down', 'Slower.'],
    ['in a detail', { detail: { code: 'slow_down', message: 'Slower.' } }, 'slow_down', 'Slower.'],
    ['on its own', { code: 'slow_down', message: 'Slower.' }, 'slow_down', 'Slower.'],
    ['in a list of one', [{ error: { code: 'slow_down', message: 'Slower.' } }], 'slow_down', 'Slower.'],
    ['with a type', { error: { type: 'api_error', message: 'No.' } }, 'api_error', 'No.'],
    ['with an empty code and a type', { error: { code: '', type: 'api_error', message: 'No.' } }, 'api_error', 'No.'],
    ['with a code and a type', { error: { code: 'c', type: 'api_error', message: 'No.' } }, 'c', 'No.'],
    ['with an error code', { error: { error_code: 'e', type: 't', message: 'No.' } }, 'e', 'No.'],
    ['with a number', { error: { code: 1308, message: 'No.' } }, '1308', 'No.'],
    ['with a number and a type', { error: { code: 1308, type: 't', message: 'No.' } }, 't', 'No.'],
    ['with msg instead of message', { error: { msg: 'No.' } }, '', 'No.'],
    ['with the message next to the error', { error: { code: 'c' }, message: 'No.' }, 'c', 'No.'],
    ['with a string error', { error: 'No.' }, '', 'No.'],
    ['with a string detail', { detail: 'No.' }, '', 'No.'],
    ['that is a string', '"No."', '', 'No.'],
    ['with only a code', { error: { code: 'c' } }, 'c', ''],
    ['that is empty', {}, '', ''],
  ])('%s is read', (_name, body, code, message) => {
    expect(read(body)).toMatchObject({ code, message });
  });

  it('keeps its other members', () => {
    expect(read({ error: { code: 'c', message: 'No.', resets_at: 5 } }).detail).toMatchObject({ resets_at: 5 });
    expect(read({ error: 'No.' }).detail).toEqual({});
    expect(read('No.').detail).toEqual({});
    expect(read({ detail: [{ msg: 'No.' }] }).detail).toEqual({});
  });

  it('contains the location of each fault of a list, without the body prefix', () => {
    const faults = [
      { loc: ['body', 'messages', 0, 'role'], msg: 'field required' },
      { loc: ['body'], msg: 'too long' },
      { message: 'bad' },
      { loc: ['body', 'x'] },
    ];
    expect(words({ detail: faults })).toBe('messages.0.role: field required; too long; bad');
  });

  it('is used as text when it is not JSON, or an unknown list', () => {
    expect(words('upstream  connect\n error ')).toBe('upstream connect error');
    expect(words('[1, 2]')).toBe('[1, 2]');
    expect(words([{ no: 'error' }])).toBe('[{"no":"error"}]');
    expect(words('')).toBe('');
  });

  it('is truncated when it is a long text', () => {
    expect(words('x'.repeat(900))).toBe('x'.repeat(300));
  });

  it('is reduced to the title of an HTML page, or to its text', () => {
    expect(words('<html><head><TITLE> Just a\n moment </TITLE></head><body>noise</body></html>')).toBe('Just a moment');
    expect(words('<html><body><h1>502</h1><p>Bad <b>gateway</b></p></body></html>')).toBe('502 Bad gateway');
  });
});

it('an HTML page is recognised by its first character', () => {
  expect([isPage('<html>'), isPage(' \n<!doctype html>')]).toEqual([true, true]);
  expect([isPage('{"a":"<html>"}'), isPage('Not a <page>'), isPage('')]).toEqual([false, false, false]);
});
