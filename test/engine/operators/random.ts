/** Numbers in [0, 1) that are the same in every run (mulberry32), started from a text. */
export function randomFrom(text: string): () => number {
  let state = [...text].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16777619), 2166136261);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * `size` numbers in (low, high) in random order, evenly spaced, so that no two are equal or near each other, and none
 * nearer than `margin` to one of `avoid`: maxima, comparisons and kinks keep their side under small steps.
 */
export function spacedNumbers(random: () => number, size: number, low: number, high: number, avoid: readonly number[] = [], margin = 0.05): number[] {
  const numbers = Array.from({ length: size }, (_, index) => low + ((high - low) * (index + 0.5)) / size);
  for (let index = size - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [numbers[index], numbers[other]] = [numbers[other], numbers[index]];
  }
  return numbers.map((number) => {
    const kink = avoid.find((point) => Math.abs(number - point) < margin);
    return kink === undefined ? number : kink + (number < kink ? -margin : margin);
  });
}
