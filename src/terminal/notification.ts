/** Sequences that call the user's attention. */
import { cleanText } from '../wire/clean-text.ts';

export const alertKinds = ['off', 'bell', 'notify', 'on'] as const;
/** `bell`: the terminal's bell; `notify`: a notification of the desktop; `on`: both. */
export type AlertKind = (typeof alertKinds)[number];

const maxLength = 160;

/** Terminals that know OSC 777, which has a title, and not OSC 9. */
const knows777 = /foot|rxvt|vte|gnome/i;

/** @param terminal name of the outer terminal, as it reports it or as `TERM` names it. */
export function alertSequence(kind: AlertKind, text: string, terminal: string): string {
  const clean = cleanText(text, maxLength).replaceAll(';', ',');
  const notification = knows777.test(terminal) ? `\x1b]777;notify;ccp;${clean}\x07` : `\x1b]9;ccp: ${clean}\x07`;
  return (kind === 'notify' || kind === 'on' ? notification : '') + (kind === 'bell' || kind === 'on' ? '\x07' : '');
}
