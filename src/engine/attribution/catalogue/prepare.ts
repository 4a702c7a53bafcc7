import { LensError } from '../../../protocol/errors';
import type { Attribution } from '../attribution';
import { NOISE_TYPES, NoiseTunnel, type NoiseType } from '../noiseTunnel';
import { methodNamed } from '../methods';
import { readNumbers, type PlainOptions } from '../plainOptions';
import { isFloat32, type Tensor } from '../../tensor';
import { CONSTRUCTOR_OPTIONS, layersOf } from './construction';
import { defaultDistribution } from './distribution';
import { extentOf } from './extent';
import { defaultMask } from './imageFeatures';
import { defaultLayer, layersIn, mostActiveNeuron } from './layers';
import { unitMasks } from './layerUnits';
import type { Method, Subject } from './method';

/** The options of NoiseTunnel itself. */
export const NOISE_OPTIONS: readonly string[] = ['ntType', 'ntSamples', 'ntSamplesBatchSize', 'stdevs', 'drawBaselineFromDistrib', 'seed'];

/** Samples where noise is asked for without their number, and their noise as a part of the range of the input: SmoothGrad's paper takes 10 to 20 %. */
const NOISE_SAMPLES = 10;
const NOISE_LEVEL = 0.15;

/** Options that are lists of numbers, which are written `3, 16, 16`. */
const LISTS = new Set(['slidingWindowShapes', 'strides', 'neuronSelector']);

/** An algorithm by its name, ready to be called. */
export interface Prepared {
  readonly algorithm: Attribution;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Makes an algorithm for a subject, with what it needs and the options do not say: a layer, the most active neuron of it,
 * a distribution of baselines, windows, and what is perturbed together: superpixels of images, units of a layer.
 *
 * @param plain options by name, those of the constructor among them.
 * @param given options of the call in any form; they win.
 * @throws LensError `not-found` for an unknown name, `invalid-argument` for a list that cannot be read.
 */
export async function prepare(name: string, subject: Subject, plain: PlainOptions, given: Readonly<Record<string, unknown>> = {}): Promise<Prepared> {
  const method = await methodNamed(name);
  const layer = method.needs && (plain.layer ?? (await someLayer(subject, method.needs)));
  const algorithm = method.make(subject.model, { ...plain, ...(layer === undefined ? {} : { layer }) });
  const extent = extentOf(subject);
  const options: Record<string, unknown> = { ...method.defaults?.(extent) };
  if (method.baselines === 'distribution') options.baselines = listOrOne(defaultDistribution(subject.inputs));
  const mask = method.takesMask && given.featureMask === undefined ? await defaultMask(extent) : undefined;
  if (mask) options.featureMask = mask;
  const asked = { ...readOptions(plain), ...given };
  if (method.takesLayerMask && asked.layerMask === undefined && typeof layer === 'string') options.layerMask = listOrOne(await unitMasks(subject, [layersOf({ layer })].flat(), asked.attributeToLayerInput === true));
  if (method.needs === 'neuron' && asked.neuronSelector === undefined && typeof layer === 'string') asked.neuronSelector = await mostActiveNeuron(subject, layer);
  return { algorithm, options: { ...options, ...asked } };
}

/** An algorithm that runs on noisy samples, with the noise that the options do not say. */
export function withNoise({ algorithm, options }: Prepared, type: unknown, inputs: readonly Tensor[]): Prepared {
  const ntType = NOISE_TYPES.find((known): known is NoiseType => known === type);
  if (!ntType) throw new LensError('invalid-argument', `ntType must be one of ${NOISE_TYPES.join(', ')}, got '${String(type)}'`);
  return { algorithm: new NoiseTunnel(algorithm), options: { ntSamples: NOISE_SAMPLES, stdevs: noiseFor(inputs), ...options, ntType } };
}

/** Options of a call in the form that algorithms take, those of constructors left out. */
export function readOptions(plain: PlainOptions): Record<string, unknown> {
  const read = ([name, value]: [string, string | number | boolean]): [string, unknown] => (LISTS.has(name) ? [name, readNumbers(value) ?? refuse(name, value)] : [name, value]);
  return Object.fromEntries(Object.entries(plain).filter(([name]) => !CONSTRUCTOR_OPTIONS.includes(name)).map(read));
}

function refuse(name: string, value: unknown): never {
  throw new LensError('invalid-argument', `${name} must be whole numbers with commas between them, got '${String(value)}'`);
}

async function someLayer(subject: Subject, needs: Method['needs']): Promise<string> {
  const layer = defaultLayer(await layersIn(subject), needs);
  if (layer) return layer.name;
  throw new LensError('not-found', `Model '${subject.model.name}' has no layer to attribute to`);
}

const listOrOne = (tensors: readonly Tensor[]): Tensor | readonly Tensor[] => (tensors.length === 1 ? tensors[0] : tensors);

/** Two significant digits of a part of the inputs' range; a list for several inputs. */
function noiseFor(inputs: readonly Tensor[]): number | number[] {
  const levels = inputs.map((input) => {
    if (!isFloat32(input)) return 0;
    const [min, max] = [input.data.reduce((least, value) => Math.min(least, value), Infinity), input.data.reduce((most, value) => Math.max(most, value), -Infinity)];
    return Number((NOISE_LEVEL * (max - min || 1)).toPrecision(2));
  });
  return levels.length === 1 ? levels[0] : levels;
}
