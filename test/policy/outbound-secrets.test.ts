/** Which texts of a request are taken for secrets, and where they are looked for. */
import { describe, expect, it } from 'vitest';
import { outboundSecrets } from '../../src/policy/outbound-secrets.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';

const letters = 'Ab3'.repeat(40);
const github = `ghp_${letters.slice(0, 36)}`;
const request = (messages: unknown[], extra: object = {}) =>
  validateRequest({ model: 'm', max_tokens: 1, messages, ...extra });
const inText = (text: string) => outboundSecrets(request([{ role: 'user', content: text }]));
const kinds = (text: string) => inText(text).map(({ kind }) => kind);

describe('a secret', () => {
  it.each([
    ['private key', '-----BEGIN PRIVATE KEY-----\nMIIfake'],
    ['private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['private key', '-----BEGIN PGP PRIVATE KEY BLOCK-----'],
    ['API key of Anthropic', `sk-ant-${letters.slice(0, 30)}`],
    ['API key', `sk-proj-${letters.slice(0, 30)}`],
    ['Stripe key', `sk_live_${letters.slice(0, 24)}`],
    ['AWS access key', 'AKIA0123456789ABCDEF'],
    ['Azure storage key', `AccountKey=${letters.slice(0, 86)}==`],
    ['Google API key', `AIza${letters.slice(0, 35)}`],
    ['Google access token', `ya29.${letters.slice(0, 30)}`],
    ['GitHub token', github],
    ['GitHub token', `github_pat_${letters.slice(0, 30)}`],
    ['GitLab token', `glpat-${letters.slice(0, 20)}`],
    ['GitLab token', `glrt-${letters.slice(0, 20)}`],
    ['Slack token', `xoxb-${letters.slice(0, 20)}`],
    ['Slack token', `xapp-1-${letters.slice(0, 20)}`],
    ['npm token', `npm_${letters.slice(0, 36)}`],
    ['Hugging Face token', `hf_${letters.slice(0, 34)}`],
    ['Groq key', `gsk_${letters.slice(0, 52)}`],
    ['xAI key', `xai-${letters.slice(0, 80)}`],
    ['JSON Web Token', `eyJ${letters.slice(0, 20)}.eyJ${letters.slice(0, 20)}.${letters.slice(0, 20)}`],
  ])('of the kind %s is found: %s', (kind, text) => {
    for (const around of [text, `KEY="${text}"`, `{"key":"${text}"}`, `12\t${text}`, `"a\\n${text}"`])
      expect(kinds(around)).toEqual([kind]);
  });

  it.each([
    'risk-assessment-of-the-whole-thing-1',
    'sk-loading-spinner-of-the-page',
    'disk-0123456789012345678901',
    'AKIA0123456789ABCDEFGHIJ',
    'xnpm_x',
    'eyJhbGciOi.JIUzI1NiJ9',
    `x${github}`,
    'AccountKey=short',
    'BEGIN PRIVATE KEY',
    '-----BEGIN PUBLIC KEY-----',
  ])('is not %s', (text) => {
    expect(kinds(text)).toEqual([]);
  });

  it('is told from another private key by its text, not by its header', () => {
    const key = (body: string) => `-----BEGIN PRIVATE KEY-----\n${body.repeat(40)}\n-----END PRIVATE KEY-----\n`;
    const [first] = inText(key('one'));
    expect(inText(`${key('one')}and more`)[0]?.text).toBe(first?.text);
    expect(inText(key('two'))[0]?.text).not.toBe(first?.text);
    const text = (body: string) =>
      outboundSecrets(request([{ role: 'user', content: key(body) }]), (one) => one === first?.text);
    expect([text('one'), text('two')]).toMatchObject([[], [{ kind: 'private key' }]]);
  });

  it('is found in every part of a request, and its place is told', () => {
    const at = (message: object, extra?: object) => outboundSecrets(request([message], extra))[0]?.place;
    const user = (block: object) => ({ role: 'user', content: [block] });
    const assistant = (block: object) => ({ role: 'assistant', content: [block] });
    const hello = { role: 'user', content: 'hello' };
    expect([
      at({ role: 'user', content: github }),
      at(user({ type: 'text', text: github })),
      at(assistant({ type: 'tool_use', id: 'c', name: 'Write', input: { deep: [{ content: `\n${github}` }] } })),
      at(user({ type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: github }] })),
      at(user({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: github } })),
      at(user({ type: 'search_result', source: 'x', title: github, content: [] })),
      at(assistant({ type: 'thinking', thinking: github, signature: 's' })),
      at(hello, { system: [{ type: 'text', text: github }] }),
      at(hello, { tools: [{ name: 'mcp', description: github, input_schema: { type: 'object' } }] }),
    ]).toEqual([
      'messages[0]',
      'messages[0]',
      'messages[0], a call of Write',
      'messages[0], the result of a tool',
      'messages[0]',
      'messages[0]',
      'messages[0]',
      'the system prompt',
      'the tool mcp',
    ]);
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: github } };
    expect(outboundSecrets(request([user(image)]))).toEqual([]);
  });

  it('that is new is found behind any number of allowed ones', () => {
    const old = Array.from({ length: 50 }, (_, index) => `AKIA${String(index).padStart(16, '0')}`);
    const messages = [
      { role: 'user', content: github },
      { role: 'user', content: old.join(' ') },
    ];
    expect(outboundSecrets(request(messages))).toHaveLength(20);
    const left = outboundSecrets(request(messages), (text) => old.includes(text));
    expect(left).toEqual([{ kind: 'GitHub token', place: 'messages[0]', text: github }]);
  });

  it('is looked for in linear time', () => {
    const time = (text: string) => {
      const begin = process.cpuUsage();
      inText(text);
      return process.cpuUsage(begin).user / 1_000;
    };
    for (const part of [
      'eyJ',
      'eyJ.',
      'sk-',
      'sk-a-',
      '-----BEGIN A ',
      '-----BEGIN PRIVATE KEY-----',
      'AccountKey=',
      'ya29.',
      'A',
    ])
      expect(time(part.repeat(Math.ceil(400_000 / part.length))), part).toBeLessThan(2_000);
  });
});
