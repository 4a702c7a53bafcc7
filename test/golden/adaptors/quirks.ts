import assert from 'node:assert/strict';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import type { GoldenCase } from '../goldenFolder';
import { asCaptum } from './captumQuirks';

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

/** Changes the algorithm of a case before it runs. */
export type Change = (algorithm: Attribution) => Attribution;

/**
 * Runs a case and compares its values. Where they differ and Captum shows quirks, it must be by these: with the quirks that
 * are written down in `captumQuirks` the same case must give Captum's values. It then is a {@link Deviation}.
 */
export async function deviatesOnlyByQuirks({ id, json }: GoldenCase, run: (change?: Change) => Promise<void>): Promise<void> {
  const quirks = Array.isArray(json.quirks) ? json.quirks.map(String) : [];
  try {
    await run();
  } catch (error) {
    if (quirks.length === 0 || !(error instanceof assert.AssertionError) || error.message.startsWith('the shape')) throw error;
    let isKnown = true;
    try {
      await run((algorithm) => {
        const changed = asCaptum(algorithm, quirks);
        isKnown = changed !== undefined;
        return changed ?? algorithm;
      });
    } catch (still) {
      if (isKnown) throw new Error(`differs from Captum, also with its quirks (${quirks.join(', ')}): ${still instanceof Error ? still.message : String(still)}`, { cause: still });
    }
    throw new Deviation(id, quirks);
  }
}

/** What Captum refuses and we do not: what JavaScript cannot tell from what it takes, and what only a quirk makes fail. */
export function notRefused({ id, json, expectedError }: GoldenCase): Deviation | undefined {
  if (!expectedError) return undefined;
  if (INTEGER_STDEVS.test(expectedError.message)) return new Deviation(id, ['one_type_of_number']);
  return Array.isArray(json.quirks) && json.quirks.length > 0 ? new Deviation(id, json.quirks.map(String)) : undefined;
}
