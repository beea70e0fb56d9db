import { describe, expect, it } from 'vitest';
import { withoutEcho } from '../../src/proxy/echo.ts';

const prompt = 'The secret plan of the team is to move "Heron" to the second harbour before the winter.';
const body = JSON.stringify({ model: 'heron-1', messages: [{ role: 'user', content: prompt }] });

describe('an error message that repeats the request', () => {
  it('loses the repeated part, wherever it begins', () => {
    for (const prefix of ['', 'Invalid: ', 'Invalid value at input: '])
      expect(withoutEcho(`${prefix}${prompt} (code 7)`, body)).toBe(`${prefix}… (code 7)`);
    expect(withoutEcho(`Bad: ${prompt.slice(10, 60)}!`, body)).toBe('Bad: …!');
  });

  it('loses each repeated part', () => {
    const [first, second] = [prompt.slice(0, 41), prompt.slice(42, 84)];
    expect(withoutEcho(`a ${first}#${second} b`, body)).toBe('a …#… b');
  });

  it('loses a repetition of exactly 40 characters at the end, and marks two that touch once', () => {
    expect(withoutEcho(`Bad: ${prompt.slice(3, 43)}`, body)).toBe('Bad: …');
    expect(withoutEcho(`Bad: ${prompt.slice(3, 42)}`, body)).toBe(`Bad: ${prompt.slice(3, 42)}`);
    expect(withoutEcho(`Bad: ${prompt.slice(0, 40)}${prompt.slice(45, 85)}!`, body)).toBe('Bad: …!');
  });

  it('keeps names and short repetitions', () => {
    const text = `The model heron-1 refused "${prompt.slice(0, 30)}"`;
    expect(withoutEcho(text, body)).toBe(text);
    expect(withoutEcho('', body)).toBe('');
    expect(withoutEcho(prompt, '{}')).toBe(prompt);
  });
});
