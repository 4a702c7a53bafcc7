import assert from 'node:assert/strict';
import { quadrature } from '../../../src/engine/attribution/quadrature';
import { closeTo } from '../compare';
import { isTensor } from '../goldenFolder';
import type { Adaptor } from './adaptor';

/** Nodes and weights for several numbers of steps: `tables.n20.alphas`, `tables.n20.step_sizes`. */
export const quadratureAdaptor: Adaptor = (golden) => {
  const tables = golden.field('tables');
  assert.ok(tables && typeof tables === 'object' && !Array.isArray(tables));
  for (const [key, table] of Object.entries(tables)) {
    const { alphas, step_sizes: stepSizes } = table as Record<string, unknown>;
    assert.ok(isTensor(alphas) && isTensor(stepSizes));
    const actual = quadrature(String(golden.json.method_name), Number(key.slice(1)));
    const tolerance = golden.tolerance.atol_f64 ?? 1e-13;
    closeTo({ shape: alphas.shape, data: actual.alphas }, alphas, tolerance, `alphas of ${key}`);
    closeTo({ shape: stepSizes.shape, data: actual.stepSizes }, stepSizes, tolerance, `step sizes of ${key}`);
  }
};
