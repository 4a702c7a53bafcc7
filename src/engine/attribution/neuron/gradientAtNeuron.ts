import { layerModel } from '../../models/derived/layerModel';
import type { LayerPlace } from '../../models/derived/layerValue';
import { neuronPositions } from '../../models/derived/neuronModel';
import { modelOf } from '../../models/modelOf';
import { float32, sizeOf } from '../../tensor';
import { sharedEngine } from '../engine';
import type { TargetIndex } from '../explanation';
import { currentJob } from '../job';
import { Passes } from '../passes';
import { examplesOf, type Rows } from '../rows';
import { isSelectingModel, type NeuronSelector } from './neuronSelector';

/** A function gets the gradients of so many rows at once that they are at most so many numbers. */
const MOST_NUMBERS = 2 ** 24;

/**
 * For each row, what a selector takes of the gradients of the row's selected output F with respect to a layer: dF/dy of a
 * neuron y, the sum of them for ranges, what a function returns for them (one number for each).
 */
export async function gradientAtNeuron(passes: Passes, rows: Rows, targets: readonly TargetIndex[] | undefined, place: LayerPlace, selector: NeuronSelector): Promise<Float64Array> {
  const derivation = { key: 'plain', layers: [place] };
  const { shape } = await passes.of(layerModel(passes.model, place)).evaluate(only(rows, 0, 1));
  const axes = shape.slice(1);
  const selected = new Float64Array(rows.count);
  if (!isSelectingModel(selector)) {
    const positions = neuronPositions(place, selector, shape);
    await passes.gradients(rows, targets, (row, _, [gradient]) => void (selected[row] = positions.reduce((sum, position) => sum + gradient[position], 0)), derivation);
    return selected;
  }
  const [engine, selecting] = await Promise.all([sharedEngine(), modelOf(selector, 'neuronSelector')]);
  const size = sizeOf(axes);
  const most = Math.max(1, Math.floor(MOST_NUMBERS / size));
  for (let start = 0; start < rows.count; start += most) {
    const part = only(rows, start, Math.min(most, rows.count - start));
    const gradients = new Float32Array(part.count * size);
    await passes.gradients(part, targets, (row, _, [gradient]) => gradients.set(gradient, row * size), derivation);
    const values = await new Passes(engine.functionOf(selecting), part.count, { job: { signal: currentJob().signal } }).evaluate(examplesOf([float32(gradients, [part.count, ...axes])]));
    selected.set(values.data, start);
  }
  return selected;
}

/** Some of the rows. */
const only = (rows: Rows, start: number, count: number): Rows => ({
  count,
  inputs: rows.inputs,
  exampleOf: (row) => rows.exampleOf(start + row),
  write: (input, row, into, offset) => rows.write(input, start + row, into, offset),
  ...(rows.describe && { describe: (done) => rows.describe?.(start + done) ?? '' }),
});
