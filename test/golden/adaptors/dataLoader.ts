import assert from 'node:assert/strict';
import { DataLoaderAttribution } from '../../../src/engine/attribution/dataLoaderAttribution';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { float32, int64, type Tensor } from '../../../src/engine/tensor';
import { closeTo } from '../compare';
import { isTensor, itemsOf, Tuple, type GoldenTensor, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { goldenModel } from './goldenModel';

/** A metric of a whole data set, attributed by ablating features in each of its batches. */
export const dataLoaderAdaptor: Adaptor = async (golden) => {
  const call = golden.field('call') as Readonly<Record<string, GoldenValue>>;
  const metric = String(call.to_metric);
  assert.match(metric, /^(mean|sum|max|min) over the concatenated dataset outputs \(dim 0\)/, 'a metric that is known here');
  const inputs = itemsOf(golden.field('inputs') ?? []).map(toEngine);
  const size = Number(call.batch_size ?? inputs[0].shape[0]);
  const batches = Array.from({ length: Math.ceil(inputs[0].shape[0] / size) }, (_, batch) => inputs.map((input) => rowsOf(input, batch * size, size)));
  const mask = call.feature_mask ? itemsOf(call.feature_mask).filter(isTensor).map(({ data, shape }) => int64(data, shape)) : undefined;
  const attributions: unknown = await new DataLoaderAttribution(new FeatureAblation(await goldenModel(golden))).attribute(batches, {
    baselines: call.baselines === undefined || call.baselines === null ? null : itemsOf(call.baselines).map((value) => (isTensor(value) ? toEngine(value) : Number(value))),
    featureMask: mask,
    toMetric: (outputs) => overExamples(outputs, metric.split(' ')[0]),
    ...(typeof call.perturbations_per_pass === 'number' ? { perturbationsPerPass: call.perturbations_per_pass } : {}),
    ...(call.return_input_shape === false ? { returnInputShape: false } : {}),
  });
  const expected = golden.field('expected') ?? [];
  assert.equal(Array.isArray(attributions), expected instanceof Tuple, 'a list is returned exactly for batches that are lists');
  for (const [index, part] of itemsOf(expected).filter(isTensor).entries()) closeTo((Array.isArray(attributions) ? attributions[index] : attributions) as GoldenTensor, part, golden.tolerance.atol_f32 ?? 1e-5, `attributions ${index}`);
};

function overExamples({ data, shape }: Tensor<'float32'>, how: string): Tensor<'float32'> {
  const size = data.length / shape[0];
  const column = (index: number): number[] => Array.from({ length: shape[0] }, (_, row) => data[row * size + index]);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const by = (values: readonly number[]): number => (how === 'max' ? Math.max(...values) : how === 'min' ? Math.min(...values) : how === 'sum' ? sum(values) : sum(values) / values.length);
  return float32(Array.from({ length: size }, (_, index) => by(column(index))), shape.slice(1));
}

function rowsOf({ data, shape }: Tensor<'float32'>, start: number, count: number): Tensor<'float32'> {
  const size = data.length / shape[0];
  const rows = data.slice(start * size, (start + count) * size);
  return float32(rows, [rows.length / size, ...shape.slice(1)]);
}

function toEngine(value: GoldenValue): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), value.shape);
}
