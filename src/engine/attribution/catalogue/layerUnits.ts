import { layerValue } from '../../models/derived/layerValue';
import type { Model } from '../../models/model';
import { withHints } from '../../presentation/hints';
import { int64, sizeOf, type Shape, type Tensor } from '../../tensor';
import type { Subject } from './method';
import { specsOf } from './specs';

/**
 * The axis of one example's values of a layer whose entries are its units, which are perturbed whole: the channels of an
 * image, else the entries of the first axis (tokens of a text, neurons of a row).
 */
const unitAxis = (shape: Shape, { format }: Model): number => (shape.length > 2 && format !== 'onnx' ? shape.length - 1 : 0);

/** How many units a layer has; `shape` is that of one example. */
export const unitsOf = (shape: Shape, model: Model): number => shape[unitAxis(shape, model)] ?? 1;

/** Masks of layers whose features are their units, numbered through all layers; each reads `32 channels`. */
export async function unitMasks(subject: Subject, layers: readonly string[], isInput: boolean): Promise<Tensor[]> {
  const { model } = subject;
  const graph = await model.graph(await specsOf(subject));
  let next = 0;
  return layers.map((layer) => {
    const shape = layerValue(model, { layer, isInput })(graph).shape.slice(1);
    const axis = unitAxis(shape, model);
    const lengths = [1, ...shape.map((length, index) => (index === axis ? length : 1))];
    const mask = int64(Array.from({ length: sizeOf(lengths) }, () => next++), lengths);
    return withHints(mask, { name: `${unitsOf(shape, model)} ${shape.length > 2 ? 'channels' : shape.length === 2 ? 'positions' : 'units'}` });
  });
}
