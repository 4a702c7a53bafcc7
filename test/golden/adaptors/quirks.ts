import assert from 'node:assert/strict';
import type { GoldenCase } from '../goldenFolder';

/** A case that shows a quirk of Captum's implementation, where we compute the published rule. */
export class Deviation extends Error {
  constructor(
    readonly id: string,
    readonly quirks: readonly string[],
  ) {
    super(`${id} deviates on purpose: ${quirks.join(', ')}`);
  }
}

/** Captum refuses a number without a fraction; JavaScript has one type of number. */
const INTEGER_STDEVS = /^stdevs must be type float/;

/** Runs comparisons of values; where they fail in a case that shows quirks, it is a {@link Deviation}. */
export function deviatesOnlyByQuirk({ id, json }: GoldenCase, comparisons: () => void): void {
  const quirks = Array.isArray(json.quirks) ? json.quirks.map(String) : [];
  try {
    comparisons();
  } catch (error) {
    if (quirks.length > 0 && error instanceof assert.AssertionError && !error.message.startsWith('the shape')) throw new Deviation(id, quirks);
    throw error;
  }
}

/** What Captum refuses and we do not: what JavaScript cannot tell from what it takes, and what only a quirk makes fail. */
export function notRefused({ id, json, expectedError }: GoldenCase): Deviation | undefined {
  if (!expectedError) return undefined;
  if (INTEGER_STDEVS.test(expectedError.message)) return new Deviation(id, ['one_type_of_number']);
  return Array.isArray(json.quirks) && json.quirks.length > 0 ? new Deviation(id, json.quirks.map(String)) : undefined;
}
