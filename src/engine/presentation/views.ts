import type { AttributionView, TabularView } from '../../protocol/output';
import type { Explanation } from '../attribution/explanation';
import { sizeOf, type Tensor } from '../tensor';
import { hintsOf, type InputHints } from './hints';
import { imageLayoutOf, imageView } from './imageView';
import { timeseriesLayoutOf, timeseriesView } from './timeseriesView';

/** Features that are listed at most: the strongest. */
const MAX_FEATURES = 200;

/** How the attributions of one input of one example are drawn: as text, as a time series, as an image, else feature by feature. */
export function viewOf(explanation: Explanation, input: number, example: number, name: string): AttributionView {
  const attributions = explanation.attributions[input];
  const values = explanation.inputs[input];
  const hints = hintsOf(values);
  const size = sizeOf(attributions.shape.slice(1));
  const own = attributions.data.subarray(example * size, (example + 1) * size);
  if (hints.tokens && example === 0) return { kind: 'text', name, tokens: [...hints.tokens.texts], attributions: [...hints.tokens.attributionsOf(own)] };
  const sameShape = values.shape.length === attributions.shape.length && sizeOf(values.shape) === sizeOf(attributions.shape);
  const ownValues = sameShape ? numbersOf(values).subarray(example * size, (example + 1) * size) : undefined;
  const series = explanation.layers ? undefined : timeseriesLayoutOf(attributions.shape, hints.layout);
  if (series && ownValues) return timeseriesView(name, own, ownValues, series, hints);
  const layout = imageLayoutOf(attributions.shape, hints.layout, explanation.model.format !== 'onnx');
  if (layout) return imageView(name, own, ownValues, layout, hints);
  return tabularView(name, own, ownValues, attributions.shape.slice(1), hints);
}

function tabularView(name: string, attributions: Float32Array, values: Float32Array | undefined, axes: readonly number[], hints: InputHints): TabularView {
  const strongest = Array.from(attributions.keys()).sort((left, right) => Math.abs(attributions[right]) - Math.abs(attributions[left]));
  const shown = strongest.slice(0, MAX_FEATURES).sort((left, right) => left - right);
  return {
    kind: 'tabular',
    name,
    features: shown.map((index) => hints.features?.[index] ?? positionOf(index, axes)),
    values: shown.map((index) => values?.[index] ?? 0),
    attributions: shown.map((index) => attributions[index]),
  };
}

/** `[1, 4]`: where an element stands in an example. */
function positionOf(index: number, axes: readonly number[]): string {
  const position: number[] = [];
  for (let rest = index, axis = axes.length - 1; axis >= 0; axis--) {
    position.unshift(rest % axes[axis]);
    rest = Math.floor(rest / axes[axis]);
  }
  return `[${position.join(', ')}]`;
}

const numbersOf = (value: Tensor): Float32Array => (value.data instanceof Float32Array ? value.data : Float32Array.from(value.data as ArrayLike<number>, Number));
