/** The index that a key leads to in a list with one tab stop, such as tokens in reading order; undefined for other keys. */
export function keyTarget(key: string, current: number, last: number): number | undefined {
  const moves: Record<string, number> = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: last };
  return Object.hasOwn(moves, key) ? Math.max(0, Math.min(last, moves[key])) : undefined;
}
