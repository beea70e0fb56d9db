export async function pane(..._: unknown[]): Promise<number> {
  return 1;
}
