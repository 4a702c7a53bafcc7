import type * as tfjs from '@tensorflow/tfjs';
import { isFirst } from '../models/derived/batchLayout';
import { inOwnLayout } from '../models/derived/ownLayout';
import { loadTfjs } from '../tfjs/loadTfjs';
import type { Tensor } from '../tensor';
import type { Explanation } from './explanation';
import type { LayerNames } from './place';
import type { NestedNumbers, TensorKind } from './tensorLike';

/** Attributions in the form of the inputs: tensors for tensors, nested arrays for nested arrays, a list for a list. */
export type AttributionsOf<T> = T extends Tensor ? Tensor<'float32'> : T extends tfjs.Tensor ? tfjs.Tensor : HoldsTensors<T> extends true ? { -readonly [K in keyof T]: AttributionsOf<T[K]> } : NestedNumbers;

/** One value for each example, in the form of the first input. */
export type DeltaOf<T> = HoldsTensors<T> extends true ? (T extends readonly [infer First, ...unknown[]] ? AttributionsOf<First> : T extends readonly (infer Part)[] ? AttributionsOf<Part> : never) : AttributionsOf<T>;

/** A list that holds a tensor is a tuple of tensors; a list of numbers is a tensor. */
type HoldsTensors<T> = T extends readonly unknown[] ? ([Extract<T[number], Tensor | tfjs.Tensor>] extends [never] ? false : true) : false;

/** What `attribute` returns for inputs, by what an algorithm attributes to. */
export interface ResultsOf<T> {
  /** To each input, in the form of the inputs. */
  inputs: { attributions: AttributionsOf<T>; delta: DeltaOf<T> };
  /** To one layer, or to features of all inputs together: one tensor, in the form of the first input. */
  layer: { attributions: DeltaOf<T>; delta: DeltaOf<T> };
  /** To a list of layers: a tensor for each. */
  layers: { attributions: DeltaOf<T>[]; delta: DeltaOf<T> };
  /** To a list of layers, each with a delta of its own. */
  layersWithDeltas: { attributions: DeltaOf<T>[]; delta: DeltaOf<T>[] };
}

/** What an algorithm attributes to. */
export type AttributedTo = keyof ResultsOf<unknown>;

/** What an algorithm attributes to that is given a layer, or a list of them. */
export type ToLayers<L extends LayerNames> = L extends string ? 'layer' : 'layers';

const explanations = new WeakMap<object, Explanation>();

/**
 * The record behind what `attribute` returned: behind attributions, each tensor of a list of them, and the pair with the
 * convergence delta. Undefined for everything else.
 */
export const explanationOf = (value: unknown): Explanation | undefined => (typeof value === 'object' && value !== null ? explanations.get(value) : undefined);

/** Lets {@link explanationOf} find an explanation behind a value. */
export function remember<T extends object>(value: T, explanation: Explanation): T {
  explanations.set(value, explanation);
  return value;
}

/** The attributions as `attribute` returns them: those to a layer have the examples on the axis on which the layer has them. */
export const returnedOf = ({ attributions, layouts, output }: Explanation): Tensor<'float32'>[] =>
  attributions.map((part, index) => (layouts && !isFirst(layouts[index]) && part.shape[0] === output.shape[0] ? inOwnLayout(part, layouts[index]) : part));

/** A tensor in the form that a caller works with. */
export async function inKind(value: Tensor<'float32'>, kind: TensorKind): Promise<Tensor<'float32'> | tfjs.Tensor | NestedNumbers> {
  switch (kind) {
    case 'engine':
      return value;
    case 'tfjs':
      return (await loadTfjs()).tf.tensor(value.data, [...value.shape], 'float32');
    case 'numbers':
      return nested(value.data, value.shape);
  }
}

function nested(data: Float32Array, shape: readonly number[]): NestedNumbers {
  if (shape.length <= 1) return Array.from(data);
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, index) => nested(data.subarray(index * size, (index + 1) * size), shape.slice(1)));
}
