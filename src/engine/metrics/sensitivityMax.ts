import { LensError } from '../../protocol/errors';
import { isTuple, type AttributionInputs } from '../attribution/inputs';
import { randomSource, type Seed } from '../attribution/random';
import { inKind, type DeltaOf } from '../attribution/results';
import { repeated } from '../attribution/samples';
import { isEngineTensor, toTensor } from '../attribution/tensorLike';
import { float32, isFloat32, sizeOf, type Tensor } from '../tensor';
import { samplesPerChunk } from './perturbations';

/** Attributes a batch: `(inputs, options) => method.attribute(inputs, options)`. Options follow the repeated examples. */
export type ExplanationFunc<Options> = (inputs: Tensor<'float32'>[], options: Options) => Promise<readonly unknown[]>;

export interface SensitivityOptions {
  /** Perturbs a batch in which every example stands several times in a row. Default: adds uniform noise of ±perturbRadius. */
  perturbFunc?: (inputs: readonly Tensor<'float32'>[], perturbRadius: number) => readonly Tensor<'float32'>[] | Promise<readonly Tensor<'float32'>[]>;
  /** Default: 0.02. */
  perturbRadius?: number;
  /** Perturbations of each example. Default: 10. */
  nPerturbSamples?: number;
  /** The norm of attributions: `fro` or 2 (Euclidean), 1 (sum of magnitudes), Infinity (largest). Default: `fro`. */
  normOrd?: 'fro' | number;
  /** How many perturbed examples are attributed at once. Default: all. */
  maxExamplesPerBatch?: number | null;
  /** The same seed perturbs the same. Default: 0. */
  seed?: Seed;
}

/**
 * Maximum sensitivity (Yeh, Hsieh, Suggala, Inouye, Ravikumar, "On the (In)fidelity and Sensitivity of Explanations",
 * NeurIPS 2019): how much an explanation E can change when the input changes hardly,
 *
 *     max over x' near x of |E(x) - E(x')| / |E(x)|,
 *
 * one number for each example, over the attributions of all inputs together. `options` are handed on to the explanation
 * function; lists and tensors with an entry for each example are repeated with the examples.
 */
export async function sensitivityMax<T extends AttributionInputs, Options extends object>(explanationFunc: ExplanationFunc<Options>, inputs: T, settings: SensitivityOptions = {}, options: Options = {} as Options): Promise<DeltaOf<T>> {
  const { perturbRadius = 0.02, nPerturbSamples = 10, normOrd = 'fro' } = settings;
  const random = randomSource(settings.seed);
  const parts: readonly unknown[] = isTuple(inputs) ? inputs : [inputs];
  const read = await Promise.all(parts.map((part, index) => toTensor(part, `inputs[${index}]`)));
  const tensors = read.map(({ tensor }) => tensor).filter(isFloat32);
  if (tensors.length < read.length) throw new LensError('invalid-argument', 'sensitivityMax: all inputs must be float32');
  const examples = tensors[0].shape[0];
  const noisy = ({ data, shape }: Tensor<'float32'>): Tensor<'float32'> => {
    const noise = random.uniform(data.length);
    return float32(data.map((value, index) => value + (2 * noise[index] - 1) * perturbRadius), shape);
  };
  const perturb = settings.perturbFunc ?? ((batch: readonly Tensor<'float32'>[]) => batch.map(noisy));

  const original = await explained(explanationFunc, tensors, options);
  const norms = Array.from({ length: examples }, (_, example) => norm(original.map((part) => rowOf(part, example)), normOrd));
  const largest = new Float64Array(examples);
  for (const samples of samplesPerChunk(nPerturbSamples, examples, settings.maxExamplesPerBatch)) {
    const expanded = tensors.map((tensor) => repeated(tensor, samples));
    const perturbed = await explained(explanationFunc, [...(await perturb(expanded, perturbRadius))], repeatedOptions(options, examples, samples));
    for (let row = 0; row < examples * samples; row++) {
      const example = Math.floor(row / samples);
      const differences = original.map((part, input) => rowOf(part, example).map((value, index) => value - rowOf(perturbed[input], row)[index]));
      largest[example] = Math.max(largest[example], norm(differences, normOrd) / (norms[example] || 1));
    }
  }
  return (await inKind(float32(largest, [examples]), read[0].kind)) as DeltaOf<T>;
}

async function explained<Options>(explain: ExplanationFunc<Options>, inputs: Tensor<'float32'>[], options: Options): Promise<Tensor<'float32'>[]> {
  const attributions = await explain(inputs, options);
  const read = await Promise.all(attributions.map((part, index) => toTensor(part, `attributions[${index}]`)));
  return read.map(({ tensor }) => tensor).filter(isFloat32);
}

/** Options with one entry for each example, repeated with the examples. */
function repeatedOptions<Options extends object>(options: Options, examples: number, times: number): Options {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, repeatedOption(value, examples, times)])) as Options;
}

function repeatedOption(value: unknown, examples: number, times: number): unknown {
  if (isEngineTensor(value)) return value.shape.length > 0 && value.shape[0] === examples ? repeated(value, times) : value;
  if (!Array.isArray(value)) return value;
  if (value.some(isEngineTensor)) return value.map((item) => repeatedOption(item, examples, times));
  return value.length === examples ? value.flatMap((item: unknown) => Array<unknown>(times).fill(item)) : value;
}

function rowOf({ data, shape }: Tensor<'float32'>, row: number): Float32Array {
  const size = sizeOf(shape.slice(1));
  return data.subarray(row * size, (row + 1) * size);
}

function norm(parts: readonly Float32Array[], order: 'fro' | number): number {
  if (order !== 'fro' && !(order > 0)) throw new LensError('invalid-argument', `normOrd must be 'fro', Infinity or a number above 0, got ${order}`);
  const power = order === 'fro' ? 2 : order;
  let total = 0;
  for (const part of parts) {
    for (const value of part) total = power === Infinity ? Math.max(total, Math.abs(value)) : total + Math.abs(value) ** power;
  }
  return power === Infinity ? total : total ** (1 / power);
}
