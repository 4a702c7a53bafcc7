import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { runCase } from './adaptors';
import { readCase, readIndex } from './goldenFolder';

const FOLDER = path.join(import.meta.dirname, 'data');
const entries = readIndex(FOLDER);

describe('golden data', () => {
  it('has every case of the methods that exist', () => {
    const counts: Record<string, number> = {};
    for (const { method } of entries) counts[method] = (counts[method] ?? 0) + 1;
    assert.deepEqual(counts, { Colormaps: 1, FeatureAblation: 12, FeaturePermutation: 5, InputXGradient: 8, IntegratedGradients: 36, KernelShap: 5, Lime: 6, NormalizeAttr: 40, Occlusion: 10, Quadrature: 5, Saliency: 15, ShapleyValueSampling: 7, ShapleyValues: 4, visualize_image_attr: 47 });
  });
  for (const entry of entries) it(entry.id, () => runCase(readCase(FOLDER, entry)));
});
