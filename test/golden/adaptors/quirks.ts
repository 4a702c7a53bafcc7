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

/** A case with its comparisons, which throw. */
interface Comparisons {
  /** Runs the case, with a changed algorithm if given. */
  attribute(change?: Change): Promise<unknown>;
  /** Compares with Captum's values; of a changed algorithm not as narrowly. */
  isCaptums(result: unknown, isChanged: boolean): void;
  /** Compares with Captum's values where they differ, allowing for what rounding makes. */
  isCaptumsButForRounding(result: unknown): Promise<void>;
  /** Compares with the values of a sibling case without quirks, where there is one. */
  isPublished(result: unknown): void;
}

/**
 * Runs a case and compares its values. Where they differ and Captum shows quirks, it must be by these: with the quirks as
 * `captumQuirks` writes them down the same case must give Captum's values, without them those of a sibling case that shows
 * the published rule. It then is a {@link Deviation}. Without quirks, rounding may make the difference.
 */
export async function deviatesOnlyByQuirks(golden: GoldenCase, { attribute, isCaptums, isCaptumsButForRounding, isPublished }: Comparisons): Promise<void> {
  const quirks = quirksOf(golden);
  const result = await attribute();
  try {
    isCaptums(result, false);
  } catch (error) {
    if (!(error instanceof assert.AssertionError) || error.message.startsWith('the shape')) throw error;
    if (quirks.length === 0) return isCaptumsButForRounding(result);
    try {
      isCaptums(await attribute((algorithm) => asCaptum(algorithm, golden, quirks)), true);
    } catch (still) {
      throw new Error(`differs from Captum, also with its quirks (${quirks.join(', ')}): ${still instanceof Error ? still.message : String(still)}`, { cause: still });
    }
    isPublished(result);
    throw new Deviation(golden.id, quirks);
  }
}

const quirksOf = ({ json }: Pick<GoldenCase, 'json'>): readonly string[] => (Array.isArray(json.quirks) ? json.quirks.map(String) : []);

/** What Captum refuses and we do not: what JavaScript cannot tell from what it takes, and what only a quirk makes fail. */
export function notRefused({ id, json, expectedError }: GoldenCase): Deviation | undefined {
  if (!expectedError) return undefined;
  if (INTEGER_STDEVS.test(expectedError.message)) return new Deviation(id, ['one_type_of_number']);
  const quirks = quirksOf({ json });
  return quirks.length > 0 ? new Deviation(id, quirks) : undefined;
}
