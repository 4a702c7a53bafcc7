import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_METHOD, makeMethod, methodChoices } from '../../../src/engine/attribution/methods';
import { float32 } from '../../../src/engine/tensor';
import { tanhModel } from './models';

const names = (elements: number): string[] => methodChoices([float32(new Float32Array(elements), [1, elements])]).map(({ name }) => name);

describe('methodChoices', () => {
  it('begins with the default method', () => {
    assert.equal(methodChoices()[0].name, DEFAULT_METHOD);
  });

  it('offers perturbation of single elements for a table row, and not for a photograph', () => {
    for (const name of ['FeatureAblation', 'ShapleyValueSampling', 'Lime', 'KernelShap']) {
      assert.ok(names(4).includes(name), name);
      assert.ok(!names(150_528).includes(name), name);
    }
  });

  it('can make each that it offers', () => {
    for (const { name } of methodChoices()) assert.equal(makeMethod(name, tanhModel()).name, name);
  });
});
