/** The index that a key leads to in a list with one tab stop, such as tokens in reading order; undefined for other keys. */
function keyTarget(key: string, current: number, last: number): number | undefined {
  const moves: Record<string, number> = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: last };
  return Object.hasOwn(moves, key) ? Math.max(0, Math.min(last, moves[key])) : undefined;
}

/** The index of the token that an event comes from, as its element has it in `data-index`. */
export function indexOf(event: Event): number | undefined {
  const index = event.target instanceof HTMLElement ? event.target.dataset.index : undefined;
  return index === undefined ? undefined : Number(index);
}

/** Moves the focus from the token `current` of `last + 1` where a key leads, if it leads anywhere. */
export function moveFocus(event: KeyboardEvent, tokens: ParentNode, current: number, last: number): void {
  const next = keyTarget(event.key, current, last);
  if (next === undefined) return;
  event.preventDefault();
  tokens.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
}
