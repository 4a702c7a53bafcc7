/** A piece of a text, as a reader sees it: a word, a number, an operator, a bracket, a stretch of white space. */
export interface TextToken {
  readonly text: string;
  /** Start and end in the text, in UTF-16 units. */
  readonly range: readonly [number, number];
}

/** Words with digits and underscores, line ends with the indentation after them, other white space, brackets and quotes one by one, and runs of other signs. */
const TOKEN = /[\p{L}\p{M}\p{N}_]+|\r?\n[^\S\n]*|[^\S\n]+|[()[\]{}"'`;,]|[^\p{L}\p{M}\p{N}_\s()[\]{}"'`;,]+/gu;

/** Cuts a text into tokens that cover all of it. */
export function textTokens(text: string): TextToken[] {
  return Array.from(text.matchAll(TOKEN), ({ 0: token, index }) => ({ text: token, range: [index, index + token.length] as const }));
}

/**
 * Sums attributions of bytes over the tokens that hold them. Half of what a bigram has goes to each of its two bytes.
 * The sum over the tokens is the sum over the bigrams.
 */
export function tokenSums(tokens: readonly TextToken[], offsets: Int32Array, bigrams: ArrayLike<number>): number[] {
  const sums = new Array<number>(tokens.length).fill(0);
  let token = 0;
  for (const [byte, offset] of offsets.entries()) {
    while (token < tokens.length - 1 && offset >= tokens[token].range[1]) token++;
    sums[token] += ((bigrams[byte - 1] ?? 0) + (bigrams[byte] ?? 0)) / 2;
  }
  return sums;
}
