import { LensError } from '../../protocol/errors';
import { readBaselines, type Baselines } from '../attribution/baselines';
import { sharedEngine } from '../attribution/engine';
import { readForwardArgs, readInputs, isTuple, type AttributionInputs } from '../attribution/inputs';
import { currentJob } from '../attribution/job';
import { Passes } from '../attribution/passes';
import { inKind, type DeltaOf } from '../attribution/results';
import { examplesOf } from '../attribution/rows';
import { repeated, samplesOf } from '../attribution/samples';
import { offsetOf, readTargets } from '../attribution/targets';
import { toTensor } from '../attribution/tensorLike';
import type { AttributionOptions } from '../attribution/attribution';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, formatShape, isFloat32, sizeOf, type Tensor } from '../tensor';
import { samplesPerChunk } from './perturbations';

/** Perturbations, and the inputs that they lead to; both of the shapes of the inputs. */
export interface Perturbed {
  readonly perturbations: readonly Tensor<'float32'>[];
  readonly inputs: readonly Tensor<'float32'>[];
}

/** Perturbs a batch in which every example stands several times in a row; `baselines` are given when the call has them. */
export type PerturbFunc = (inputs: readonly Tensor<'float32'>[], baselines?: readonly Tensor<'float32'>[]) => Perturbed | Promise<Perturbed>;

export interface InfidelityOptions extends AttributionOptions {
  /** Handed on to the perturbation function. Default: none. */
  baselines?: Baselines;
  /** Perturbations of each example. Default: 10. */
  nPerturbSamples?: number;
  /** How many perturbed examples are made at once. Default: all. Does not change the result. */
  maxExamplesPerBatch?: number | null;
  /** Whether attributions are first scaled to fit the changes best, so that only their proportions count. Default: false. */
  normalize?: boolean;
}

/**
 * Infidelity (Yeh, Hsieh, Suggala, Inouye, Ravikumar, "On the (In)fidelity and Sensitivity of Explanations", NeurIPS
 * 2019): how badly attributions predict what a perturbation I does to the output,
 *
 *     infidelity = mean over I of (sum of attribution * I - (F(x) - F(x perturbed by I)))^2,
 *
 * one number for each example. With `normalize` attributions are first multiplied by
 * b = sum(a d) / sum(a^2), where a is what they predict for a perturbation and d the change of the output.
 */
export async function infidelity<T extends AttributionInputs>(source: ModelSource, perturbFunc: PerturbFunc, inputs: T, attributions: AttributionInputs, options: InfidelityOptions = {}): Promise<DeltaOf<T>> {
  const { nPerturbSamples = 10, normalize = false } = options;
  const [model, engine] = await Promise.all([modelOf(source), sharedEngine()]);
  const given = await readInputs(inputs, model);
  const floats = given.tensors.filter(isFloat32);
  if (floats.length < given.tensors.length) throw new LensError('invalid-argument', 'infidelity: all inputs must be float32');
  const explained = await readAttributions(attributions, floats);
  const baselines = options.baselines === undefined || options.baselines === null ? undefined : (await readBaselines(options.baselines, floats, model)).tensors;
  const examples = floats[0].shape[0];
  const chunks = samplesPerChunk(nPerturbSamples, examples, options.maxExamplesPerBatch);

  const predicted = Array.from({ length: examples }, (): number[] => []);
  const changes = Array.from({ length: examples }, (): number[] => []);
  await engine.inTurn(model, async () => {
    const forwardArgs = await readForwardArgs(options.additionalForwardArgs, model, floats.length);
    const passes = new Passes(engine.functionOf(model), examples, { forwardArgs, job: currentJob() });
    const output = await passes.evaluate(examplesOf(floats));
    const targets = await readTargets(options.target, output.shape, examples);
    const size = sizeOf(output.shape.slice(1));
    const offsets = Array.from({ length: examples }, (_, example) => offsetOf(targets?.[example] ?? [], output.shape.slice(1)));
    for (const samples of chunks) {
      const expanded = floats.map((tensor) => repeated(tensor, samples));
      const perturbed = checked(await perturbFunc(expanded, baselines?.map((tensor) => repeated(tensor, samples))), expanded);
      const rows = samplesOf(perturbed.inputs, samples);
      await passes.outputs(rows, (row, values) => {
        const example = rows.exampleOf(row);
        predicted[example].push(explained.reduce((sum, { data }, input) => sum + product(data, example, perturbed.perturbations[input].data, row, data.length / examples), 0));
        changes[example].push(output.data[example * size + offsets[example]] - values[offsets[example]]);
      });
    }
  });
  const scores = predicted.map((row, example) => meanSquare(row, changes[example], normalize ? scaleOf(row, changes[example]) : 1));
  return (await inKind(float32(scores, [examples]), given.kinds[0])) as DeltaOf<T>;
}

/**
 * Makes a perturbation function of one that only returns perturbed inputs: the perturbation is what was taken away,
 * x - x', and for attributions that are multiplied by inputs (the default) that part of x, (x - x') / (x - baseline).
 */
export function infidelityPerturbFuncDecorator({ multiplyByInputs = true }: { multiplyByInputs?: boolean } = {}) {
  return (perturb: (inputs: readonly Tensor<'float32'>[], baselines?: readonly Tensor<'float32'>[]) => readonly Tensor<'float32'>[]) =>
    (inputs: readonly Tensor<'float32'>[], baselines?: readonly Tensor<'float32'>[]): Perturbed => {
      const changed = perturb(inputs, baselines);
      const perturbation = (x: number, index: number, input: number): number => {
        const difference = x - changed[input].data[index];
        const whole = x - (baselines?.[input].data[index] ?? 0);
        return multiplyByInputs && whole !== 0 ? difference / whole : difference;
      };
      return { inputs: changed, perturbations: inputs.map(({ data, shape }, input) => float32(data.map((x, index) => perturbation(x, index, input)), shape)) };
    };
}

async function readAttributions(given: AttributionInputs, inputs: readonly Tensor[]): Promise<Tensor<'float32'>[]> {
  const parts: readonly unknown[] = isTuple(given) ? given : [given];
  const tensors = (await Promise.all(parts.map((part, index) => toTensor(part, `attributions[${index}]`)))).map(({ tensor }) => tensor).filter(isFloat32);
  requireShapes('attributions', tensors, inputs);
  return tensors;
}

function checked(perturbed: Perturbed, inputs: readonly Tensor[]): Perturbed {
  requireShapes('Perturbed inputs', perturbed.inputs, inputs);
  requireShapes('Perturbations', perturbed.perturbations, inputs);
  return perturbed;
}

function requireShapes(subject: string, tensors: readonly Tensor[], inputs: readonly Tensor[]): void {
  const shapes = (list: readonly Tensor[]): string => list.map(({ shape }) => formatShape(shape)).join(', ');
  if (shapes(tensors) !== shapes(inputs)) throw new LensError('shape-mismatch', `${subject} must have the shapes of the inputs, ${shapes(inputs)}, got ${shapes(tensors)}`);
}

function product(left: Float32Array, leftRow: number, right: Float32Array, rightRow: number, size: number): number {
  let sum = 0;
  for (let index = 0; index < size; index++) sum += left[leftRow * size + index] * right[rightRow * size + index];
  return sum;
}

/** The factor of predictions that fits changes best; 1 when nothing is predicted. */
function scaleOf(predicted: readonly number[], changes: readonly number[]): number {
  const squares = predicted.reduce((sum, value) => sum + value * value, 0);
  return squares === 0 ? 1 : predicted.reduce((sum, value, index) => sum + value * changes[index], 0) / squares;
}

const meanSquare = (predicted: readonly number[], changes: readonly number[], scale: number): number =>
  predicted.reduce((sum, value, index) => sum + (scale * value - changes[index]) ** 2, 0) / predicted.length;
