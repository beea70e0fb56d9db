/**
 * The bundled models. Windows and efforts: Codex CLI 0.169 catalogue; prices: published OpenAI list prices.
 * `contextWindow` is what the upstream's plan route gives by default, not the API's maximum.
 */
import type { Effort, ModelRow, PriceRow } from './types.ts';

const openAiPrices = 'OpenAI API list price';
const read = '2026-11-10';

const price = (input: number, cacheRead: number, output: number, cacheWrite?: number): PriceRow => ({
  input,
  cacheRead,
  output,
  ...(cacheWrite === undefined ? {} : { cacheWrite }),
  source: openAiPrices,
  date: read,
});

/** The whole request costs twice the input and one and a half times the output above 272k input tokens. */
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
  chatgpt('gpt-6.1-terra', toMax, tiered(price(1, 0.05, 5, 1.25))),
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
  { upstream: 'demo', id: 'demo', contextWindow: 200_000, maxOutputTokens: 32_000, efforts: toXhigh },
  { upstream: 'demo', id: 'demo-fast', contextWindow: 200_000, maxOutputTokens: 32_000, efforts: toXhigh },
];
