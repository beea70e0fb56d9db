const bodyLimit = 256 * 1024;

/** As much as came until the limit or the deadline: a body without end must not hide its status. */
export async function bodyText(body: AsyncIterable<Uint8Array>, deadline?: Promise<void>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const chunks = body[Symbol.asyncIterator]();
  const over = deadline?.then(() => undefined);
  while (text.length < bodyLimit) {
    const next = await (over === undefined ? chunks.next() : Promise.race([chunks.next(), over]));
    if (next === undefined || next.done) break;
    text += decoder.decode(next.value, { stream: true });
  }
  return text;
}
