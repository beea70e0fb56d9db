/** Every dialect by name. A new dialect is a folder in `dialects/` and a row here. */
import type { Dialect, Host, Translator } from './dialect.ts';
import { chatDialect } from './dialects/chat/dialect.ts';
import { geminiDialect } from './dialects/gemini/dialect.ts';
import { messagesDialect } from './dialects/messages/dialect.ts';
import { responsesDialect } from './dialects/responses/dialect.ts';

/** Selects the dialect's own profile from an upstream's profiles, or the plain profile if there is none. */
const row = <Name extends string, Profile>(name: Name, dialect: Dialect<Profile>) => ({
  translator: (host: Host, profiles: { readonly [Key in Name]?: Profile }): Translator =>
    dialect.translator(host, profiles[name] ?? dialect.plain),
});

export const dialects = {
  responses: row('responses', responsesDialect),
  chat: row('chat', chatDialect),
  messages: row('messages', messagesDialect),
  gemini: row('gemini', geminiDialect),
};

export type DialectName = keyof typeof dialects;

type Intersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (value: infer All) => void
  ? All
  : never;

/** The profiles of an upstream, one for each dialect it supports. */
export type Profiles = Intersection<Parameters<(typeof dialects)[DialectName]['translator']>[1]>;

export const dialectNames: readonly string[] = Object.keys(dialects);

export const isDialectName = (value: unknown): value is DialectName =>
  typeof value === 'string' && Object.hasOwn(dialects, value);
