import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import { followedModel } from '../../models/derived/followedModel';
import { layerModel } from '../../models/derived/layerModel';
import type { LayerPlace } from '../../models/derived/layerValue';
import { neuronModel, type NeuronIndices } from '../../models/derived/neuronModel';
import type { Model } from '../../models/model';
import { isModelSource, modelOf } from '../../models/modelOf';
import { formatShape, type Shape } from '../../tensor';
import { describeValue } from '../tensorLike';

/** What is explained of a layer: a function of its values [examples, ...] that returns one number for each example, [examples]. */
export type NeuronFunction = (layer: tfjs.Tensor) => tfjs.Tensor;

/** Which neuron of a layer: indices, ranges that are summed, or a function over TensorFlow.js tensors or a model of it. */
export type NeuronSelector = NeuronIndices | NeuronFunction | Model;

/** Where the option of a neuron attribution points to. */
export const neuronPlace = (layer: string, options: object): LayerPlace => ({ layer, isInput: 'attributeToNeuronInput' in options && options.attributeToNeuronInput === true });

/** @throws LensError `invalid-argument` without the option neuronSelector. */
export function neuronOf(name: string, options: object): NeuronSelector {
  const { neuronSelector } = options as { neuronSelector?: NeuronSelector };
  const isRange = (index: unknown): boolean => typeof index === 'object' && index !== null && !Array.isArray(index);
  if (typeof neuronSelector === 'number' || isSelectingModel(neuronSelector)) return neuronSelector;
  if (Array.isArray(neuronSelector) && neuronSelector.every((index) => typeof index === 'number' || isRange(index))) return neuronSelector;
  throw new LensError('invalid-argument', `${name}: the option neuronSelector must be a number, a list of numbers and ranges { start, stop }, or a function, got ${describeValue(neuronSelector)}`);
}

/** Whether a selector computes what is explained from the layer. */
export const isSelectingModel = (selector: unknown): selector is NeuronFunction | Model => isModelSource(selector);

/** The part of a model that ends at what is selected of a layer. */
export const selectedModel = async (base: Model, place: LayerPlace, selector: NeuronSelector): Promise<Model> =>
  isSelectingModel(selector) ? followedModel(layerModel(base, place), await modelOf(selector, 'neuronSelector'), 0) : neuronModel(base, place, selector);

/** @throws LensError `invalid-argument` when a function did not return one number for each example. */
export function requireOnePerExample(name: string, shape: Shape): void {
  if (shape.length === 1) return;
  throw new LensError('invalid-argument', `${name}: a neuronSelector that is a function must return one number for each example, shape ${formatShape(shape.slice(0, 1))}, got ${formatShape(shape)}`, 'Let it sum over the other axes, or select one of them.');
}
