import { LensError } from '../../../protocol/errors';
import { GraphBuilder } from '../../graph/builder';
import { algebra } from '../../operators/algebra';
import { formatShape, type Shape } from '../../tensor';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';
import { layerValue, type LayerPlace } from './layerValue';

/** Every `step`th (default 1) position from `start` (default 0) to before `stop` (default: the end) of an axis; negative ones count from the end. */
export interface NeuronRange {
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number | null;
}

/** Which neuron of a layer, without the axis of the examples: one index for each axis; a range sums what it selects. */
export type NeuronIndices = number | readonly (number | NeuronRange)[];

/** The part of a model that ends at a neuron: its output is one number for each example. */
export function neuronModel(base: Model, place: LayerPlace, selector: NeuronIndices): Model {
  return derivedModel(base, JSON.stringify(['neuron', place.layer, place.isInput, selector]), () => {
    const valueOf = layerValue(base, place);
    return {
      graph(graph) {
        const builder = new GraphBuilder(graph.name, graph);
        const { slice, sum, reshape } = algebra(builder);
        const layer = valueOf(graph);
        let selected = layer;
        for (const [index, [start, stop, step]] of boundsIn(place, selector, layer.shape).entries()) selected = slice(selected, index + 1, start, stop, step);
        const axes = layer.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis]));
        return builder.build([reshape(sum(selected, axes), [layer.shape[0]])]);
      },
    };
  });
}

/** Where the selected neurons stand among one example's values of a layer of this shape. */
export function neuronPositions(place: LayerPlace, selector: NeuronIndices, shape: Shape): number[] {
  return boundsIn(place, selector, shape).reduce<number[]>((positions, [start, stop, step], index) => {
    const chosen = Array.from({ length: Math.ceil((stop - start) / step) }, (_, count) => start + count * step);
    return positions.flatMap((position) => chosen.map((one) => position * shape[index + 1] + one));
  }, [0]);
}

type Bounds = readonly [start: number, stop: number, step: number];

/** @throws LensError `invalid-argument` or `target-out-of-range` where the selector does not fit the layer. */
function boundsIn({ layer }: LayerPlace, selector: NeuronIndices, shape: Shape): Bounds[] {
  const indices = typeof selector === 'number' ? [selector] : selector;
  if (indices.length !== shape.length - 1) {
    throw new LensError('invalid-argument', `neuronSelector: layer '${layer}' has the shape ${formatShape(shape)}, so ${shape.length - 1} indices are needed, got ${indices.length}`);
  }
  return indices.map((wanted, index) => boundsOf(wanted, shape[index + 1], layer, index));
}

function boundsOf(wanted: number | NeuronRange, length: number, layer: string, index: number): Bounds {
  if (typeof wanted === 'number') {
    const position = wanted < 0 ? wanted + length : wanted;
    if (Number.isInteger(position) && position >= 0 && position < length) return [position, position + 1, 1];
    throw new LensError('target-out-of-range', `neuronSelector: index ${index} of layer '${layer}' must be a whole number from 0 to ${length - 1}, got ${wanted}`);
  }
  const { start, stop } = wanted;
  const step = wanted.step ?? 1;
  if (!Number.isInteger(step) || step < 1) throw new LensError('invalid-argument', `neuronSelector: the step of a range of layer '${layer}' must be a whole number of at least 1, got ${step}`);
  const bound = (value: number): number => Math.min(length, Math.max(0, value < 0 ? value + length : value));
  const [from, to] = [bound(start ?? 0), bound(stop ?? length)];
  if (!(from < to)) throw new LensError('target-out-of-range', `neuronSelector: a range of layer '${layer}' selects nothing of its ${length} elements, got ${start ?? ''}:${stop ?? ''}`);
  return [from, to, step];
}
