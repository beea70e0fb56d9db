const maxBodyChars = 256 * 1024;

/** Reads a body up to the limit or the deadline, so that an endless body cannot delay reporting its status. */
export async function bodyText(body: AsyncIterable<Uint8Array>, deadline?: Promise<void>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const chunks = body[Symbol.asyncIterator]();
  const deadlineResult = deadline?.then(() => undefined);
  while (text.length < maxBodyChars) {
    const next = await (deadlineResult === undefined ? chunks.next() : Promise.race([chunks.next(), deadlineResult]));
    if (next === undefined || next.done) break;
    text += decoder.decode(next.value, { stream: true });
  }
  return text;
}
