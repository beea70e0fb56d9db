/**
 * A title for the session. Older clients ask for one beside the first turn; newer ones do not when their nonessential
 * traffic is off. Then ccp asks, with a request like theirs: it has the class `title`, and is charged as such.
 */

import type { MessagesRequest } from '../wire/anthropic.ts';
import { cleanText } from '../wire/clean-text.ts';
import { asObject, asString, objectsOf, parseJson } from '../wire/json.ts';

const maxPromptLength = 2_000;
const maxTitleLength = 60;
const maxTokens = 100;

const schema = {
  type: 'object',
  properties: { title: { type: 'string' } },
  required: ['title'],
  additionalProperties: false,
};

export class SessionTitle {
  readonly #ask: (body: string) => Promise<string>;
  readonly #onTitle: (title: string) => void;
  #isSettled = false;

  /** @param ask sends a request to this proxy. @returns the text of the response. */
  constructor(ask: (body: string) => Promise<string>, onTitle: (title: string) => void) {
    this.#ask = ask;
    this.#onTitle = onTitle;
  }

  /** Claude Code asks for titles itself. */
  onTitleRequest(): void {
    this.#isSettled = true;
  }

  /** Called after a turn of the main conversation. Never rejects: a session without a title keeps its first prompt. */
  async onTurn(request: MessagesRequest): Promise<void> {
    if (this.#isSettled) return;
    this.#isSettled = true;
    try {
      const title = titleIn(await this.#ask(JSON.stringify(titleRequest(request))));
      if (title !== '') this.#onTitle(title);
    } catch {
      // The meter shows why the request failed.
    }
  }
}

const titleRequest = (request: MessagesRequest) => ({
  // The tier that Claude Code itself uses for titles.
  model: 'haiku',
  max_tokens: maxTokens,
  system:
    'Write a title of three to six words for a coding session that begins with the message below, in its language. Answer with JSON only: {"title": "…"}.',
  messages: [{ role: 'user', content: firstPrompt(request) }],
  output_config: { format: { type: 'json_schema', schema } },
});

/** The user's first words, without the reminders that Claude Code adds. */
function firstPrompt({ messages }: MessagesRequest): string {
  const content = messages.find(({ role }) => role === 'user')?.content ?? '';
  const texts = typeof content === 'string' ? [content] : content.flatMap(({ text }) => asString(text) ?? []);
  const prompt = texts.filter((text) => !text.trimStart().startsWith('<system-reminder>')).join('\n');
  return prompt.slice(0, maxPromptLength) || '(no text)';
}

/** The title in a response of the proxy; empty when there is none. */
function titleIn(response: string): string {
  const text = objectsOf(asObject(parseJson(response)).content)
    .map((block) => asString(block.text) ?? '')
    .join('');
  return cleanText(asString(asObject(parseJson(text)).title) ?? '', maxTitleLength);
}
