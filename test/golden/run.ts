// npm run golden -- DIR [--kind K] [--method M] [--runtime onnxruntime-node|onnxruntime-web|tfjs]
//
// Runs the cases of a folder of golden data (default: test/golden/data), prints a line for each method, and exits with 1
// if any case failed; a case whose method does not exist yet counts as failed. Cases that show a quirk of Captum's and deviate
// from it on purpose are listed by name and quirk, and count as neither.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sharedEngine } from '../../src/engine/attribution/engine';
import { runCase } from './adaptors';
import { MissingMethod } from './adaptors/adaptor';
import { Deviation } from './adaptors/quirks';
import { readCase, readIndex } from './goldenFolder';

interface Tally {
  passed: number;
  missing: boolean;
  readonly failures: string[];
}

/** The name of the executor that runs the cases. Throws when the wanted one does not run here. */
async function chosenRuntime(wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) process.env.ATTRIBUTION_LENS_RUNTIME = wanted;
  const { runtime } = await sharedEngine();
  if (wanted !== undefined && !runtime.name.startsWith(wanted)) throw new Error(`--runtime ${wanted} does not run here, ${runtime.name} does`);
  return runtime.name;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { kind: { type: 'string' }, method: { type: 'string' }, runtime: { type: 'string' } } });
  const runtime = await chosenRuntime(values.runtime);
  const folder = path.resolve(positionals[0] ?? path.join(import.meta.dirname, 'data'));
  const entries = readIndex(folder, values);
  if (entries.length === 0) throw new Error(`${folder} has no case of this kind or method`);
  const deviations: Deviation[] = [];
  const tallies = new Map<string, Tally>();
  for (const entry of entries) {
    const tally = tallies.get(entry.method) ?? { passed: 0, missing: false, failures: [] };
    tallies.set(entry.method, tally);
    try {
      await runCase(readCase(folder, entry));
      tally.passed++;
    } catch (error) {
      if (error instanceof Deviation) {
        deviations.push(error);
        continue;
      }
      if (error instanceof MissingMethod) tally.missing = true;
      tally.failures.push(`${entry.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  let [passed, failed] = [0, 0];
  for (const [method, tally] of [...tallies].sort(([left], [right]) => left.localeCompare(right))) {
    console.log(`${method} ${tally.passed}/${tally.passed + tally.failures.length}${tally.missing ? ' (does not exist yet)' : ''}`);
    if (!tally.missing) for (const failure of tally.failures) console.log(`  FAILED ${failure.replace(/\s+/g, ' ').slice(0, 300)}`);
    passed += tally.passed;
    failed += tally.failures.length;
  }
  if (deviations.length > 0) console.log('\nDeviate on purpose, in neither count: quirks of Captum where the published rule is computed');
  for (const { id, quirks } of deviations) console.log(`  ${id}: ${quirks.join(', ')}`);
  console.log(`on ${runtime}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
