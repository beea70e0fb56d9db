import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../../src/translate/anthropic/base64url.ts';
import {
  modelFamily,
  openOwnReasoning,
  openReasoning,
  sealReasoning,
} from '../../../src/translate/anthropic/envelope.ts';

const envelope = { upstream: 'codex', model: 'gpt-5.5', account: 'acct', id: 'rs_1', encrypted: 'secret' };
const origin = { upstream: 'codex', model: 'gpt-5.5', account: 'acct' };

describe('the signature of reasoning', () => {
  it('contains everything that is needed to replay it', () => {
    const signature = sealReasoning(envelope);
    expect(signature).toMatch(/^ccp1\.codex\.gpt-5\.5\.[\w-]+$/);
    expect(openReasoning(signature)).toEqual(envelope);
  });

  it.each([
    ['EqQBCkYIARgCKkA', 'of Anthropic'],
    ['xccp1.a.b.e30', 'with another prefix'],
    ['ccp1.', 'with nothing else'],
    ['ccp1.codex', 'without a model'],
    [`ccp1.codex.${toBase64Url('{}')}`, 'without a payload of its own'],
    ['ccp1.codex.gpt.!', 'with a payload that is not base64url'],
    [`ccp1.codex.gpt.${toBase64Url('[1]')}`, 'with a payload that is no object'],
  ])('%s, %s, is not opened', (signature) => {
    expect(openReasoning(signature)).toBeUndefined();
  });

  it('may lack members or have others', () => {
    expect(openReasoning(`ccp1.u.m.${toBase64Url('{"id":7,"more":1}')}`)).toEqual({
      upstream: 'u',
      model: 'm',
      account: '',
      id: '',
      encrypted: '',
    });
    expect(openReasoning(`ccp1..m.${toBase64Url('{}')}`)).toMatchObject({ upstream: '', model: 'm' });
  });
});

describe('reasoning', () => {
  it('is replayed to its own upstream, account and model family', () => {
    const signature = sealReasoning(envelope);
    expect(openOwnReasoning(signature, origin)).toEqual(envelope);
    expect(openOwnReasoning(signature, { ...origin, model: 'gpt-5.5-codex' })).toEqual(envelope);
    expect(openOwnReasoning(signature, { ...origin, upstream: 'openai' })).toBeUndefined();
    expect(openOwnReasoning(signature, { ...origin, account: 'other' })).toBeUndefined();
    expect(openOwnReasoning(signature, { ...origin, model: 'gpt-6' })).toBeUndefined();
  });

  it('of an empty envelope or of Anthropic is not replayed', () => {
    expect(openOwnReasoning(sealReasoning({ ...envelope, encrypted: '' }), origin)).toBeUndefined();
    expect(openOwnReasoning('EqQBCkYIARgCKkA', origin)).toBeUndefined();
  });
});

describe('the family of a model', () => {
  it.each([
    ['gpt-6.1-sol', 'gpt-6.1'],
    ['gpt-6.1-terra', 'gpt-6.1'],
    ['gpt-5.5', 'gpt-5.5'],
    ['gpt-6', 'gpt-6'],
    ['kimi-k2-thinking', 'kimi-k2-thinking'],
    ['Vendor/gpt-5', 'Vendor/gpt-5'],
    ['gpt-12.34x', 'gpt-12.34'],
  ])('%s is %s', (model, family) => {
    expect(modelFamily(model)).toBe(family);
  });
});
