import assert from 'node:assert/strict';
import { LensError } from '../../../src/protocol/errors';

/** Far more than any takes, and far less than what grows without bounds. */
const SLOWEST_MS = 60_000;
const MOST_BYTES = 1.5 * 2 ** 30;

/** Loads a model; returns whether that worked, and fails as {@link refusalOf}. */
export const survivesLoading = async (label: string, load: () => Promise<unknown>): Promise<boolean> => (await refusalOf(label, load)) === undefined;

/** Loads a model; returns the error that refused it. Anything but a LensError with a message of bounded length, or taking too long or too much memory, fails the test. */
export async function refusalOf(label: string, load: () => Promise<unknown>, mostCharacters = 2000): Promise<LensError | undefined> {
  const start = performance.now();
  try {
    await load();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof LensError, `${label}: ${error instanceof Error ? error.stack : String(error)}`);
    assert.ok(error.message.length < mostCharacters, `${label}: the message has ${error.message.length} characters`);
    return error;
  } finally {
    const elapsed = performance.now() - start;
    assert.ok(elapsed < SLOWEST_MS, `${label}: took ${Math.round(elapsed)} ms`);
    assert.ok(process.memoryUsage().rss < MOST_BYTES, `${label}: the process holds ${process.memoryUsage().rss} bytes`);
  }
}
