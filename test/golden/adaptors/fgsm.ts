import assert from 'node:assert/strict';
import type { Target } from '../../../src/engine/attribution/targets';
import { FGSM } from '../../../src/engine/robust/fgsm';
import { float32, int64, type Tensor } from '../../../src/engine/tensor';
import { closeTo } from '../compare';
import { isTensor, itemsOf, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { goldenModel } from './goldenModel';

type Json = Readonly<Record<string, GoldenValue>>;

/** The fast gradient sign method. */
export const fgsmAdaptor: Adaptor = async (golden) => {
  const { loss_func: loss, lower_bound: lowerBound, upper_bound: upperBound } = golden.field('constructor') as Json;
  const { epsilon, target, targeted, mask } = golden.field('call') as Json;
  assert.ok(loss === null || loss === 'cross_entropy(reduction=none)', 'a loss that is known here');
  const bounds = { ...(typeof lowerBound === 'number' ? { lowerBound } : {}), ...(typeof upperBound === 'number' ? { upperBound } : {}) };
  const attack = new FGSM(await goldenModel(golden), { lossFunc: loss === null ? 'negative_log' : 'cross_entropy', ...bounds });
  const perturbed = await attack.perturb(itemsOf(golden.field('inputs') ?? []).map(toFloats), {
    epsilon: Number(epsilon),
    target: isTensor(target) ? int64(target.data, target.shape) : (target as Target),
    targeted: targeted === true,
    ...(isTensor(mask) ? { mask: [toFloats(mask)] } : {}),
  });
  const expected = itemsOf(golden.field('expected') ?? []).filter(isTensor);
  assert.equal(perturbed.length, expected.length, 'the number of perturbed inputs');
  for (const [index, part] of expected.entries()) closeTo(perturbed[index], part, golden.tolerance.atol_f32 ?? 1e-6, `input ${index}`);
};

function toFloats(value: GoldenValue): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), value.shape);
}
