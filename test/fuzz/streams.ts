/** One mutated stream: made from a seed, translated, judged. */
import { CcpError } from '../../src/errors/ccp-error.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { translate } from '../../src/translate/translate.ts';
import { upstreamOfDialect } from '../support/dialects.ts';
import { prepareOptions } from '../support/upstreams.ts';
import { type Answer, randomAnswer, tools } from './answers.ts';
import { encoders } from './hosts.ts';
import { judge, receive } from './judge.ts';
import { type Category, categories, type Mutated, mutations } from './mutations.ts';
import { Random } from './random.ts';

export const dialects = Object.keys(encoders);

export interface StreamCase {
  readonly dialect: string;
  readonly category: Category;
  readonly style: string;
  readonly answer: Answer;
  readonly mutated: Mutated;
}

export interface StreamResult {
  readonly faults: readonly string[];
  /** The stack of an error that is not one of ccp's own. */
  readonly internal: string | undefined;
}

/** @param seed decides everything: dialect, answer, host, change and chunks. */
export function streamCase(seed: number): StreamCase {
  const random = new Random(seed);
  const dialect = random.pick(dialects);
  const category = random.pick(categories);
  const answer = randomAnswer(random);
  const encoded = (encoders[dialect] as NonNullable<(typeof encoders)[string]>)(answer, random);
  const mutated = mutations[category](encoded.events, random);
  return {
    dialect,
    category,
    style: encoded.style,
    answer: { ...answer, parts: encoded.parts },
    mutated: encoded.hidesCuts && category === 'cut' ? { ...mutated, expected: 'hidden cut' } : mutated,
  };
}

const request = validateRequest({
  model: 'm',
  max_tokens: 32_000,
  messages: [{ role: 'user', content: 'hello' }],
  tools,
  thinking: { type: 'adaptive' },
  stream: true,
});

export function runStream({ dialect, answer, mutated }: StreamCase): StreamResult {
  const upstream = upstreamOfDialect[dialect];
  if (upstream === undefined) throw new Error(`no upstream of ${dialect}`);
  try {
    const { events, failure } = translate(upstream, request, mutated.chunks, prepareOptions());
    const code = failure instanceof CcpError ? `${failure.code}: ${failure.message}` : undefined;
    const isInternal = failure !== undefined && failure.code === 'internal';
    return {
      faults: judge(answer, mutated, receive(events), code),
      internal: isInternal ? failure.message : undefined,
    };
  } catch (thrown) {
    return { faults: [], internal: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}
