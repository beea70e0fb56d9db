/** Matches bearer values, JWTs, refresh tokens, provider keys and ccp's own secrets anywhere in a line. */
const secretShapes =
  /\bBearer\s+[\w.~+/-]{8,}=*|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|\bsk-[\w-]{12,}|\bAIza[\w-]{30,}|\brt[_-][\w.-]{12,}|\bccp-[\w-]{40,}/g;

export const redact = (text: string): string => text.replace(secretShapes, '[redacted]');
