import assert from 'node:assert/strict';
import type { Checkpoint } from '../../../src/engine/influence/checkpoints';
import type { LabelledExamples } from '../../../src/engine/influence/labelledExamples';
import { TracInCP } from '../../../src/engine/influence/tracInCP';
import { TracInCPFast } from '../../../src/engine/influence/tracInCPFast';
import { TracInCPFastRandProj } from '../../../src/engine/influence/tracInCPFastRandProj';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { closeToEach } from '../compare';
import { isTensor, type GoldenCase, type GoldenTensor, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { goldenModel, moduleOutputs } from './goldenModel';

/** Influence, self influence and the strongest training examples; of the last layer alone where it is recorded. */
export const tracInCPAdaptor: Adaptor = async (golden) => {
  const { json, tensors } = golden;
  assert.match(String(json.loss), /^cross_entropy\(reduction=(none|sum|mean)\)$/, 'a loss that is known here');
  const model = await goldenModel(golden);
  const rates = json.learning_rates as number[];
  const weights = golden.field('checkpoints') as readonly Readonly<Record<string, GoldenTensor>>[];
  const checkpoints: Checkpoint[] = weights.map((parameters, index) => ({ weights: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toFloats(value)])), learningRate: rates[index] }));
  const train: LabelledExamples = { inputs: toFloats(tensors.train_inputs), labels: toFloats(tensors.train_labels) };
  const test: LabelledExamples = { inputs: toFloats(tensors.test_inputs), labels: toFloats(tensors.test_labels) };
  const check = (actual: GoldenTensor, expected: GoldenTensor, name: string): void => closeToEach(actual, expected, golden.tolerance, name);
  const tracin = new TracInCP(model, train, checkpoints);
  const influence = await tracin.influence(test);
  check(influence, tensors.expected_influence, 'influence');
  check(await tracin.selfInfluence(), tensors.expected_self_influence, 'self influence');
  const { indices, influenceScores } = await tracin.influence(test, { k: Number(json.k), proponents: json.proponents === true });
  check(influenceScores, tensors.expected_topk_influence_scores, 'the strongest influences');
  sameButForTies(indices, tensors.expected_topk_indices, influence, golden.tolerance.atol_f32 ?? 1e-5);
  if (!tensors.expected_fast_influence) return;
  const layer = layerOf(golden);
  check(await new TracInCPFast(model, layer, train, checkpoints).influence(test), tensors.expected_fast_influence, 'influence of TracInCPFast');
  check(await new TracInCPFastRandProj(model, layer, train, checkpoints).influence(test), tensors.expected_fast_influence, 'influence of TracInCPFastRandProj');
};

const layerOf = (golden: GoldenCase): string => moduleOutputs(golden)[String(golden.json.final_fc_layer)];

/** Training examples of equal influence may come in each other's place. */
function sameButForTies(actual: readonly number[][], expected: GoldenTensor, { data, shape }: Tensor<'float32'>, tolerance: number): void {
  const k = expected.shape[1];
  for (let place = 0; place < expected.data.length; place++) {
    const row = Math.floor(place / k);
    const [got, wanted] = [actual[row][place % k], expected.data[place]];
    const gap = Math.abs(data[row * shape[1] + got] - data[row * shape[1] + wanted]);
    assert.ok(got === wanted || gap <= tolerance, `test ${row}, place ${place % k}: training example ${got}, expected ${wanted}`);
  }
}

function toFloats(value: GoldenValue | undefined): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), value.shape);
}
