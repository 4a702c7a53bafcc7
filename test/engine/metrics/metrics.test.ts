import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { infidelity, type PerturbFunc } from '../../../src/engine/metrics/infidelity';
import { sensitivityMax } from '../../../src/engine/metrics/sensitivityMax';
import { FGSM } from '../../../src/engine/robust/fgsm';
import { float32 } from '../../../src/engine/tensor';
import { tanhModel } from '../attribution/models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
/** Takes the same from every example. */
const shift: PerturbFunc = (inputs) => {
  const perturbations = inputs.map(({ data, shape }) => float32(data.map((_, index) => 0.01 * ((index % 3) + 1)), shape));
  return { perturbations, inputs: inputs.map(({ data, shape }, input) => float32(data.map((value, index) => value - perturbations[input].data[index]), shape)) };
};

describe('metrics', () => {
  it('infidelity is near zero for gradients and small perturbations, and does not depend on the chunks', async () => {
    const gradients = await new Saliency(tanhModel()).attribute(x, { target: 0, abs: false });
    const { data, shape } = await infidelity(tanhModel(), shift, x, gradients, { target: 0, nPerturbSamples: 5 });
    assert.deepEqual(shape, [2]);
    assert.ok(data.every((value) => value < 1e-5));
    const wrong = float32(gradients.data.map((value) => value + 1), [2, 3]);
    const whole = await infidelity(tanhModel(), shift, x, wrong, { target: 0, nPerturbSamples: 5 });
    assert.ok(whole.data.every((value) => value > 1e-3));
    assert.deepEqual((await infidelity(tanhModel(), shift, x, wrong, { target: 0, nPerturbSamples: 5, maxExamplesPerBatch: 4 })).data, whole.data);
    await assert.rejects(infidelity(tanhModel(), shift, x, float32([1], [1, 1]), { target: 0 }), /must have the shapes of the inputs, \[2, 3\], got \[1, 1\]/);
  });

  it('sensitivityMax is the relative change of the attributions, zero where nothing is perturbed', async () => {
    const saliency = new Saliency(tanhModel());
    const explain = async (inputs: Parameters<PerturbFunc>[0], options: object): Promise<readonly unknown[]> => saliency.attribute([...inputs], options);
    const still = await sensitivityMax(explain, x, { perturbFunc: (inputs) => inputs }, { target: [0, 1] });
    assert.deepEqual([...still.data], [0, 0]);
    const moved = await sensitivityMax(explain, x, { perturbRadius: 0.5 }, { target: [0, 1] });
    assert.ok(moved.data.every((value) => value > 0.01));
  });
});

describe('FGSM', () => {
  it('moves each element by epsilon, where the mask lets it, and within the bounds', async () => {
    const moved = await new FGSM(tanhModel(), { lossFunc: 'cross_entropy', upperBound: 1.8 }).perturb(x, { epsilon: 0.1, target: 1, mask: float32([1, 0, 1], [1, 3]) });
    for (const [index, value] of moved.data.entries()) {
      const distance = Math.abs(Math.min(1.8, x.data[index]) - value);
      assert.ok(index % 3 === 1 ? distance === 0 : index === 2 ? value <= Math.fround(1.8) : Math.abs(distance - 0.1) < 1e-6, `element ${index}: ${value}`);
    }
  });
});
