import type { ComponentStatus } from '../../protocol/engine';
import { LensError } from '../../protocol/errors';
import { GraphBuilder } from '../graph/builder';
import { float32 } from '../tensor';
import type { Runtime } from './runtime';

/** A way to run graphs, in the order of preference. */
export interface RuntimeCandidate {
  readonly name: string;
  /** Why it is preferred to the later ones, one sentence. */
  readonly advantage: string;
  /** Loads it; throws when it cannot run on this machine. */
  load(): Promise<{ runtime: Runtime; version?: string }>;
}

export interface ChosenRuntime {
  readonly runtime: Runtime;
  /** Every candidate, and why it was chosen or not. */
  readonly status: readonly ComponentStatus[];
}

/**
 * The first candidate that loads and computes a small graph correctly. Later ones are not loaded. Throws
 * `runtime-failure` with every reason when there is none.
 */
export async function chooseRuntime(candidates: readonly RuntimeCandidate[]): Promise<ChosenRuntime> {
  const status: ComponentStatus[] = [];
  for (const [index, { name, advantage, load }] of candidates.entries()) {
    try {
      const { runtime, version } = await load();
      await check(runtime);
      status.push({ name: runtime.name, version, available: true, chosen: true, reason: advantage });
      for (const later of candidates.slice(index + 1)) status.push({ name: later.name, available: true, chosen: false, reason: `It is used where ${name} does not run.` });
      return { runtime, status };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      status.push({ name, available: false, chosen: false, reason: `It does not run here: ${reason}` });
    }
  }
  const reasons = status.map(({ name, reason }) => `${name}: ${reason}`).join(' ');
  throw new LensError('runtime-failure', `No way to run models was found. ${reasons}`, 'Reinstall the extension for this platform.');
}

/** Runs a graph whose result is known. */
async function check(runtime: Runtime): Promise<void> {
  const builder = new GraphBuilder('self-test');
  const x = builder.input('x', 'float32', [2]);
  const executable = await runtime.compile(builder.build([builder.op('Add', [x, x], {}, { name: 'y' })]));
  const { y } = await executable.run({ x: float32([1, 2], [2]) });
  await executable.dispose();
  if (y.data[0] !== 2 || y.data[1] !== 4) throw new Error(`its self-test gave ${String(y.data)}, must be 2,4`);
}
