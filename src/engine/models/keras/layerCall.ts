import type { LensError } from '../../../protocol/errors';
import type { ValueInfo } from '../../graph/graph';
import { algebra, type Algebra } from '../../operators/algebra';
import type { Emitter } from '../tfjs/emitter';
import type { Argument, LayerDefinition } from './topology';
import type { Settings } from './settings';
import type { Weights } from './weights';

/** What flows between layers: a value and, where Keras has one, the mask [batch, steps] of the steps that count. */
export interface Value {
  readonly value: ValueInfo;
  readonly mask?: ValueInfo;
  /** Stands for the tensor of Keras, which layers that do nothing hand on as it is, so that a mask taken off it is gone from both. */
  readonly tensor?: object;
}

/** One call of a layer, about to become nodes of the graph. */
export interface LayerCall {
  readonly emit: Emitter;
  /** Formulas that emit nodes. */
  readonly math: Algebra;
  readonly settings: Settings;
  readonly weights: Weights;
  /** The tensors that the layer is called with, in order. */
  readonly inputs: readonly Value[];
  /** Everything it is called with, plain values as well. */
  readonly args: readonly (Value | { readonly plain: unknown })[];
  /** Tensors given by name: `initial_state`, `value`. Taking one marks it as used. */
  keyword(name: string): readonly Value[];
  /** A plain value given by name: `use_causal_mask`. */
  option(name: string): unknown;
  /** The version of Keras that wrote the file. */
  readonly major: number;
  /** Whether the file was written by this version of Keras or a later one. */
  isSince(major: number, minor: number): boolean;
  /** Whether the masks of the inputs are given by name, and not those that the inputs carry. */
  readonly hasMaskArgument: boolean;
  /** Takes the mask off a tensor for every layer that is called later, as Keras does by side effect. */
  unmask(input: Value): void;
  /** Runs a layer within this one: `config.layer` of a wrapper. */
  inner(key: string, weights: Weights, inputs: readonly Value[], changes?: Readonly<Record<string, unknown>>): Value[];
  /** The definition of a layer within this one. */
  definition(key: string): LayerDefinition;
}

/** Emits the nodes of a layer; values without a mask end it. */
export type Layer = (call: LayerCall) => ValueInfo | Value[];

/** Layers by class name. */
export type LayerTable = Readonly<Record<string, Layer>>;

/** The value of a layer that has one input. */
export function single({ inputs, settings }: LayerCall): ValueInfo {
  if (inputs.length !== 1) throw settings.invalid(`it takes one input, got ${inputs.length}`);
  return inputs[0].value;
}

/** The only input, which must have so many axes. */
export function ranked(call: LayerCall, ...ranks: readonly number[]): ValueInfo {
  const value = single(call);
  if (!ranks.includes(value.shape.length)) throw call.settings.invalid(`its input must have ${ranks.join(' or ')} axes, got shape [${value.shape.join(', ')}]`);
  return value;
}

/** A value as float32. */
export const asFloat = ({ emit }: Pick<LayerCall, 'emit'>, value: ValueInfo): ValueInfo => emit.cast(value, 'float32');

/** The error of a layer that is given a mask and would use it in a way that is not supported. */
export const masked = ({ settings }: LayerCall): LensError => settings.unsupported('masks (mask_zero of an Embedding, Masking) are not supported as its input', 'Attribute to a layer before it, or build the model without masks.');

/** Keras 3 before 3.4 gives no mask to what a layer makes of a list of tensors. */
export const losesMasksOfLists = ({ isSince }: LayerCall): boolean => isSince(3, 0) && !isSince(3, 4);

export const mathOf = (emit: Emitter): Algebra => algebra(emit);

export const isTensor = (argument: Argument): argument is Extract<Argument, { from: unknown }> => 'from' in argument;
