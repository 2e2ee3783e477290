/** How many of `read` records may be quarantined under a limit given as a count or as a share such as `0.1%`. */
export function skipsAllowed(limit: number | string, read: number): number {
  if (typeof limit === 'number') return limit;
  return Math.floor((Number.parseFloat(limit) / 100) * read);
}
