export async function launchOnScreen(..._: unknown[]): Promise<number> {
  return 1;
}
