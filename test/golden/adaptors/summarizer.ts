import assert from 'node:assert/strict';
import { Count, Max, Mean, Min, MSE, StdDev, Sum, Var, type Stat } from '../../../src/engine/stats/stat';
import { Summarizer } from '../../../src/engine/stats/summarizer';
import { float32, sizeOf } from '../../../src/engine/tensor';
import { closeTo } from '../compare';
import { isTensor, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';

const STATS: readonly Stat[] = [new Count(), new Mean(), new MSE(), new Var(1), new Var(), new StdDev(1), new StdDev(), new Min(), new Sum(), new Max()];

/** All statistics of the entries of axis 0, one after the other. */
export const summarizerAdaptor: Adaptor = async (golden) => {
  const { updates } = golden.tensors;
  const expected = golden.field('expected') as Readonly<Record<string, GoldenValue>>;
  const names = STATS.map(({ name }) => name);
  assert.deepEqual(Object.keys(expected).filter((name) => !names.includes(name)), [], 'statistics that are known here');
  const summarizer = new Summarizer(STATS);
  const shape = updates.shape.slice(1);
  const size = sizeOf(shape);
  for (let index = 0; index < updates.shape[0]; index++) await summarizer.update(float32(Array.from(updates.data).slice(index * size, (index + 1) * size), shape));
  const { summary } = summarizer;
  assert.ok(summary && !Array.isArray(summary), 'a summary of one input');
  for (const [name, value] of Object.entries(expected)) {
    const actual: (typeof summary)[string] = summary[name];
    if (isTensor(value)) closeTo(isTensor(actual) ? actual : float32([actual], []), value, golden.tolerance.atol_f32 ?? 1e-6, name);
    else assert.equal(actual, value, name);
  }
};
