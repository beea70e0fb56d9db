/**
 * The bundled models. Sources: Codex CLI 0.169 catalogue and each host's own reference for windows and efforts, list
 * prices for prices. `contextWindow` is the default of the upstream's plan route, not the API's maximum.
 */
import { assumedWindow } from './find.ts';
import type { Effort, ModelRow, PriceRow } from './types.ts';

const openAiPrices = 'OpenAI API list price';
const anthropicPrices = 'Anthropic API list price';
const moonshotPrices = 'Moonshot API list price';
const zaiPrices = 'z.ai API list price';
const geminiPrices = 'Gemini API list price';
const deepseekPrices = 'DeepSeek API list price';
const priceDate = '2026-11-10';

const price = (
  input: number,
  cacheRead: number,
  output: number,
  cacheWrite?: number,
  source = openAiPrices,
): PriceRow => ({
  input,
  cacheRead,
  output,
  ...(cacheWrite === undefined ? {} : { cacheWrite }),
  source,
  date: priceDate,
});

/** Above 272k input tokens, the whole request is charged twice the input and 1.5 times the output rate. */
const tiered = (row: PriceRow): PriceRow => ({
  ...row,
  longAbove: 272_000,
  long: {
    input: row.input * 2,
    cacheRead: row.cacheRead * 2,
    output: row.output * 1.5,
    ...(row.cacheWrite === undefined ? {} : { cacheWrite: row.cacheWrite * 2 }),
  },
});

const toXhigh: readonly Effort[] = ['low', 'medium', 'high', 'xhigh'];
const toMax: readonly Effort[] = [...toXhigh, 'max'];
const fromNone: readonly Effort[] = ['none', ...toMax];
const noneToXhigh: readonly Effort[] = ['none', ...toXhigh];

const codex = (id: string, contextWindow: number, efforts: readonly Effort[], row: PriceRow): ModelRow => ({
  upstream: 'codex',
  id,
  contextWindow,
  maxOutputTokens: 128_000,
  efforts,
  price: row,
});

const chatgpt = (id: string, efforts: readonly Effort[], row: PriceRow): ModelRow => ({
  ...codex(id, 272_000, efforts, row),
  upstream: 'chatgpt',
  prefixed: true,
});

const openai = (id: string, contextWindow: number, efforts: readonly Effort[], row: PriceRow): ModelRow => ({
  ...codex(id, contextWindow, efforts, row),
  upstream: 'openai',
  prefixed: true,
});

const claude = (id: string, contextWindow: number, maxOutputTokens: number, row: PriceRow): ModelRow => ({
  upstream: 'anthropic',
  id,
  contextWindow,
  maxOutputTokens,
  efforts: contextWindow > 200_000 ? toMax : [],
  vision: true,
  // A bare claude id selects a tier of the session.
  prefixed: true,
  price: row,
});
/** A cache write for an hour costs twice the uncached input. */
const claudePrice = (input: number, cacheRead: number, cacheWrite: number, output: number): PriceRow => ({
  ...price(input, cacheRead, output, cacheWrite, anthropicPrices),
  cacheWriteHour: input * 2,
});

const kimiEfforts: readonly Effort[] = ['low', 'high', 'max'];

const kimi = (id: string, contextWindow: number, row: PriceRow, more: Partial<ModelRow> = {}): ModelRow => ({
  upstream: 'kimi',
  id,
  contextWindow,
  maxOutputTokens: 0,
  efforts: [],
  vision: true,
  price: row,
  ...more,
});
const kimiPrice = (input: number, cacheRead: number, output: number): PriceRow =>
  price(input, cacheRead, output, undefined, moonshotPrices);

const moonshot = (id: string, contextWindow: number, row: PriceRow, more: Partial<ModelRow> = {}): ModelRow =>
  kimi(id, contextWindow, row, { upstream: 'moonshot', prefixed: true, ...more });

/** The host does not publish windows. */
const zai = (id: string, row: PriceRow): ModelRow => ({
  upstream: 'zai',
  id,
  contextWindow: assumedWindow,
  windowAssumed: true,
  maxOutputTokens: 0,
  efforts: [],
  prefixed: true,
  price: row,
});

const gemini = (
  id: string,
  efforts: readonly Effort[],
  [input, cacheRead, output]: readonly [number, number, number],
  more: Partial<ModelRow> = {},
): ModelRow => ({
  upstream: 'gemini',
  id,
  contextWindow: 1_048_576,
  maxOutputTokens: 65_536,
  efforts,
  vision: true,
  prefixed: true,
  price: price(input, cacheRead, output, undefined, geminiPrices),
  ...more,
});
const toHigh: readonly Effort[] = ['low', 'medium', 'high'];
const minimalToHigh: readonly Effort[] = ['none', ...toHigh];

const deepseek = (id: string, row: PriceRow): ModelRow => ({
  upstream: 'deepseek',
  id,
  contextWindow: 1_000_000,
  maxOutputTokens: 384_000,
  efforts: ['none', 'high', 'max'],
  vision: false,
  prefixed: true,
  price: row,
});

const unlisted = (row: ModelRow): ModelRow => ({ ...row, unlisted: true });

export const bundledModels: readonly ModelRow[] = [
  codex('gpt-5.5', 272_000, toXhigh, tiered(price(5, 0.5, 30))),
  codex('gpt-6-astra', 272_000, toMax, tiered(price(10, 1, 50, 12.5))),
  codex('gpt-6.1-sol', 272_000, toMax, tiered(price(2, 0.1, 10, 2.5))),
  codex('gpt-6.1-terra', 500_000, toMax, tiered(price(1, 0.05, 5, 1.25))),
  codex('gpt-6-sol', 272_000, toMax, tiered(price(2, 0.2, 10, 2.5))),
  codex('gpt-6-luna', 272_000, fromNone, tiered(price(0.1, 0.01, 0.5, 0.125))),
  codex('gpt-5.6-sol', 272_000, fromNone, tiered(price(4, 0.4, 20, 5))),
  codex('gpt-5.6-terra', 272_000, fromNone, tiered(price(2, 0.2, 12, 2.5))),
  codex('gpt-5.6-luna', 272_000, toMax, tiered(price(0.2, 0.02, 1.2, 0.25))),
  unlisted(codex('gpt-5.4', 272_000, noneToXhigh, tiered(price(2.5, 0.25, 15)))),
  unlisted(codex('gpt-5.4-mini', 272_000, noneToXhigh, price(0.75, 0.075, 4.5))),
  unlisted(codex('gpt-5.3-codex', 272_000, toXhigh, price(1.75, 0.175, 14))),
  chatgpt('gpt-5.5', toXhigh, tiered(price(5, 0.5, 30))),
  chatgpt('gpt-6-astra', toMax, tiered(price(10, 1, 50, 12.5))),
  chatgpt('gpt-6.1-sol', toMax, tiered(price(2, 0.1, 10, 2.5))),
  { ...chatgpt('gpt-6.1-terra', toMax, tiered(price(1, 0.05, 5, 1.25))), contextWindow: 500_000 },
  chatgpt('gpt-6-sol', toMax, tiered(price(2, 0.2, 10, 2.5))),
  chatgpt('gpt-6-luna', fromNone, tiered(price(0.1, 0.01, 0.5, 0.125))),
  openai('gpt-5.5', 1_050_000, toXhigh, tiered(price(5, 0.5, 30))),
  openai('gpt-6-astra', 1_050_000, toMax, tiered(price(10, 1, 50, 12.5))),
  openai('gpt-6.1-sol', 1_050_000, toMax, tiered(price(2, 0.1, 10, 2.5))),
  openai('gpt-6.1-terra', 1_050_000, toMax, tiered(price(1, 0.05, 5, 1.25))),
  openai('gpt-6-sol', 1_050_000, toMax, tiered(price(2, 0.2, 10, 2.5))),
  openai('gpt-6-luna', 1_050_000, fromNone, tiered(price(0.1, 0.01, 0.5, 0.125))),
  openai('gpt-5.4', 1_050_000, noneToXhigh, tiered(price(2.5, 0.25, 15))),
  openai('gpt-5.4-mini', 400_000, noneToXhigh, price(0.75, 0.075, 4.5)),
  openai('gpt-5.4-nano', 400_000, noneToXhigh, price(0.2, 0.02, 1.25)),
  openai('gpt-5.3-codex', 400_000, toXhigh, price(1.75, 0.175, 14)),
  kimi('kimi-for-coding', 1_048_576, kimiPrice(0.95, 0.19, 4), { maxOutputTokens: 32_000 }),
  kimi('kimi-k2.6', 262_144, kimiPrice(0.95, 0.16, 4)),
  kimi('k2.6', 262_144, kimiPrice(0.95, 0.16, 4), { sendAs: 'kimi-k2.6' }),
  kimi('kimi-for-coding-highspeed', 1_048_576, kimiPrice(1.9, 0.38, 8), { prefixed: true }),
  kimi('k3', 1_048_576, kimiPrice(3, 0.3, 15), { prefixed: true, efforts: kimiEfforts }),
  kimi('k3-256k', 262_144, kimiPrice(3, 0.3, 15), { prefixed: true, efforts: kimiEfforts }),
  kimi('k3.1-pro', 1_048_576, kimiPrice(2, 0.2, 10), { prefixed: true, efforts: kimiEfforts }),
  kimi('k3.1-pro-highspeed', 1_048_576, kimiPrice(4, 0.2, 20), { prefixed: true, efforts: kimiEfforts }),
  claude('claude-fable-5-2', 1_000_000, 128_000, claudePrice(8, 0.2, 10, 40)),
  claude('claude-fable-5-1', 1_000_000, 128_000, claudePrice(10, 0.25, 12.5, 50)),
  claude('claude-opus-5-5', 1_000_000, 128_000, claudePrice(4, 0.2, 5, 20)),
  claude('claude-opus-5', 1_000_000, 128_000, claudePrice(5, 0.5, 6.25, 25)),
  claude('claude-opus-4-8', 1_000_000, 128_000, claudePrice(5, 0.5, 6.25, 25)),
  claude('claude-opus-4-7', 1_000_000, 128_000, claudePrice(5, 0.5, 6.25, 25)),
  claude('claude-opus-4-6', 1_000_000, 128_000, claudePrice(5, 0.5, 6.25, 25)),
  claude('claude-opus-4-5', 200_000, 64_000, claudePrice(5, 0.5, 6.25, 25)),
  claude('claude-sonnet-5-5', 1_000_000, 128_000, claudePrice(2, 0.1, 2.5, 10)),
  claude('claude-sonnet-5', 1_000_000, 128_000, claudePrice(2, 0.2, 2.5, 10)),
  claude('claude-sonnet-4-6', 1_000_000, 0, claudePrice(3, 0.3, 3.75, 15)),
  claude('claude-sonnet-4-5', 200_000, 64_000, claudePrice(3, 0.3, 3.75, 15)),
  claude('claude-haiku-5-5', 1_000_000, 128_000, {
    ...claudePrice(0.1, 0.01, 0.125, 0.5),
    longAbove: 100_000,
    long: { input: 0.5, cacheRead: 0.05, cacheWrite: 0.625, cacheWriteHour: 1, output: 2.5 },
  }),
  claude('claude-haiku-4-5', 200_000, 64_000, claudePrice(1, 0.1, 1.25, 5)),
  moonshot('kimi-k3', 1_048_576, kimiPrice(3, 0.3, 15), { efforts: kimiEfforts }),
  moonshot('kimi-k2.7-code', 262_144, kimiPrice(0.95, 0.19, 4)),
  moonshot('kimi-k2.7-code-highspeed', 262_144, kimiPrice(1.9, 0.38, 8)),
  moonshot('kimi-k2.6', 262_144, kimiPrice(0.95, 0.16, 4)),
  zai('glm-5.3', price(1.4, 0.26, 4.4, undefined, zaiPrices)),
  zai('glm-5.3-flash', price(0.15, 0.03, 0.5, undefined, zaiPrices)),
  zai('glm-5.2', price(1.4, 0.26, 4.4, undefined, zaiPrices)),
  zai('glm-4.7', price(0.6, 0.11, 2.2, undefined, zaiPrices)),
  // The list prices of argon and carbon double on 2026-12-01; the higher ones are used.
  gemini('gemini-4-argon', toHigh, [4, 0.2, 20]),
  gemini('gemini-4-carbon', toHigh, [4, 0.2, 20]),
  gemini('gemini-4-neon', toXhigh, [3, 0.15, 15]),
  gemini('gemini-4-hydrogen', toXhigh, [1.5, 0.075, 7.5]),
  gemini('gemini-3.8-flash', toHigh, [0.75, 0.075, 3.75]),
  gemini('gemini-3.7-flash', toHigh, [0.75, 0.075, 3.75]),
  gemini('gemini-3.6-flash', minimalToHigh, [0.75, 0.075, 3.75]),
  gemini('gemini-3.5-flash', minimalToHigh, [1.5, 0.15, 9]),
  gemini('gemini-3.5-flash-lite', minimalToHigh, [0.3, 0.03, 2.5]),
  gemini('gemini-3.1-pro-preview', toHigh, [2, 0.2, 12], {
    price: {
      ...price(2, 0.2, 12, undefined, geminiPrices),
      longAbove: 200_000,
      long: { input: 4, cacheRead: 0.4, output: 18 },
    },
  }),
  gemini('gemini-2.5-flash-lite', minimalToHigh, [0.1, 0.01, 0.4]),
  deepseek('deepseek-flash', price(0.3, 0.006, 1.2, undefined, deepseekPrices)),
  deepseek('deepseek-v4-pro', price(1.32, 0.044, 3.96, undefined, deepseekPrices)),
  { upstream: 'demo', id: 'demo', contextWindow: 200_000, maxOutputTokens: 32_000, efforts: toXhigh },
  { upstream: 'demo', id: 'demo-fast', contextWindow: 200_000, maxOutputTokens: 32_000, efforts: toXhigh },
];
