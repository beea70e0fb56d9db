/** A share as percent, rounded: 100 only when all is used. */
export const percentOf = (share: number): number =>
  share < 1 ? Math.min(99, Math.round(share * 100)) : Math.round(share * 100);
