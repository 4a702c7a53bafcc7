import assert from 'node:assert/strict';
import { LensError } from '../../../src/protocol/errors';

const SLOWEST_MS = 5000;
const MOST_BYTES = 1.5 * 2 ** 30;

/** Loads a model; returns whether that worked. Anything but a LensError, or taking too long or too much memory, fails the test. */
export async function survivesLoading(label: string, load: () => Promise<unknown>): Promise<boolean> {
  const start = performance.now();
  try {
    await load();
    return true;
  } catch (error) {
    assert.ok(error instanceof LensError, `${label}: ${error instanceof Error ? error.stack : String(error)}`);
    assert.ok(error.message.length < 2000, `${label}: the message has ${error.message.length} characters`);
    return false;
  } finally {
    const elapsed = performance.now() - start;
    assert.ok(elapsed < SLOWEST_MS, `${label}: took ${Math.round(elapsed)} ms`);
    assert.ok(process.memoryUsage().rss < MOST_BYTES, `${label}: the process holds ${process.memoryUsage().rss} bytes`);
  }
}
