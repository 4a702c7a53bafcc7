import { isFirst } from '../../models/derived/batchLayout';
import { layerValue } from '../../models/derived/layerValue';
import { inOwnLayout } from '../../models/derived/ownLayout';
import type { Model } from '../../models/model';
import { withHints } from '../../presentation/hints';
import { int64, sizeOf, type Shape, type Tensor } from '../../tensor';
import { withExamplesFirst } from '../layouts';
import type { Subject } from './method';
import { passesOf, specsOf } from './specs';

/**
 * The axis of one example's values of a layer whose entries are its units, which are perturbed whole: the channels of an
 * image, else the entries of the first axis (tokens of a text, neurons of a row).
 */
const unitAxis = (shape: Shape, { format }: Model): number => (shape.length > 2 && format !== 'onnx' ? shape.length - 1 : 0);

/** How many units a layer has; `shape` is that of one example. */
export const unitsOf = (shape: Shape, model: Model): number => shape[unitAxis(shape, model)] ?? 1;

/** Masks of layers, in their own layout, whose features are their units, numbered through all layers; each reads `32 channels`. */
export async function unitMasks(subject: Subject, layers: readonly string[], isInput: boolean): Promise<Tensor[]> {
  const { model } = subject;
  const places = layers.map((layer) => ({ layer, isInput }));
  const { passes, layouts } = await withExamplesFirst(await passesOf(subject), places, subject.inputs);
  const graph = await passes.model.graph(await specsOf(subject));
  let first = 0;
  return places.map((place, layer) => {
    const shape = layerValue(passes.model, place)(graph).shape.slice(1);
    const axis = unitAxis(shape, model);
    const isInOrder = isFirst(layouts[layer]);
    const lengths = isInOrder ? [1, ...shape.map((length, index) => (index === axis ? length : 1))] : [subject.inputs[0].shape[0], ...shape];
    const ofUnit = isInOrder ? 1 : sizeOf(shape.slice(axis + 1));
    const units = unitsOf(shape, model);
    const mask = int64(Array.from({ length: sizeOf(lengths) }, (_, element) => first + (Math.floor(element / ofUnit) % units)), lengths);
    first += units;
    return withHints(inOwnLayout(mask, layouts[layer]), { name: `${units} ${shape.length > 2 ? 'channels' : shape.length === 2 ? 'positions' : 'units'}` });
  });
}
