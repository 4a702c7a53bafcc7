import type { ValueInfo } from '../../../graph/graph';
import { choice, flag, integers, text } from '../../../operators/attributes';
import { interpolationOf, tapsOf, type Interpolation, type ResizedAxis } from '../../../operators/resize/interpolation';
import { weights } from '../../../operators/resize/resize';
import { sizeOf } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Resize and its predecessor Upsample. */
export const resizeUpgrades: Readonly<Record<string, Upgrade>> = {
  Upsample: (context) => {
    const scales = context.opset < 9 ? floatsOf(context, 'scales') : context.numbers(1, 'its scales');
    if (!scales) throw context.invalid('its scales are missing');
    return asymmetric(context, scales);
  },
  Resize: (context) => {
    if (context.opset < 11) return asymmetric(context, context.numbers(1, 'its scales') ?? []);
    return withAllAxes(context);
  },
};

function floatsOf(context: NodeContext, name: string): number[] | undefined {
  const value = Object.hasOwn(context.node.attributes, name) ? context.node.attributes[name] : undefined;
  return Array.isArray(value) ? value.map(Number) : undefined;
}

/** Until opset 10, output position x was read from x / scale, rounded towards the start when enlarging and away from it when shrinking. */
function asymmetric(context: NodeContext, scales: readonly number[]): ValueInfo[] {
  const shrinks = scales.some((scale) => scale < 1);
  if (shrinks && scales.some((scale) => scale > 1)) throw context.invalid(`scales must all enlarge or all shrink before opset 11, got ${scales.join(', ')}`);
  return context.result('Resize', [context.input(0), undefined, context.floats(scales)], {
    mode: text(context.node, 'mode', 'nearest'),
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: shrinks ? 'ceil' : 'floor',
  });
}

/** From opset 18 on scales and sizes may be given for some axes only, the aspect ratio may be kept, and kernels be widened when shrinking. */
function withAllAxes(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  const rank = x.shape.length;
  const axes = (integers(context.node, 'axes') ?? x.shape.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + rank : axis));
  if (axes.some((axis) => !(axis >= 0 && axis < rank))) throw context.invalid(`axes must be within ${rank} axes, got ${axes.join(', ')}`);
  const spread = (values: readonly number[], what: string, others: readonly number[]): number[] => {
    if (values.length !== axes.length) throw context.invalid(`${axes.length} ${what} are needed, got ${values.length}`);
    const all = [...others];
    for (const [index, axis] of axes.entries()) all[axis] = values[index];
    return all;
  };
  const ones = x.shape.map(() => 1);
  const given = nonEmpty(context.numbers(2, 'its scales'));
  const scales = given && spread(given, 'scales', ones);
  const sizes = nonEmpty(context.numbers(3, 'its sizes'));
  const wanted = sizes && spread(keepAspectRatio(context, sizes, axes), 'sizes', x.shape);
  const matrices = asMatrices(context, scales, wanted);
  if (matrices) return matrices;
  const attributes = context.attributesWithout('axes', 'antialias', 'keep_aspect_ratio_policy');
  const region = nonEmpty(context.numbers(1, 'its region'));
  const [starts, ends] = region ? [region.slice(0, axes.length), region.slice(axes.length)] : [];
  const roi = starts && ends && context.floats([...spread(starts, 'starts of its region', ones.map(() => 0)), ...spread(ends, 'ends of its region', ones)]);
  if (scales) return context.result('Resize', [x, roi, context.floats(scales)], attributes);
  if (!wanted) throw context.invalid('either scales or sizes must be given');
  return context.result('Resize', [x, roi, undefined, context.integers(wanted)], attributes);
}

/** What opset 17 cannot say, as a product with the interpolation weights along each axis; undefined: it can. */
function asMatrices(context: NodeContext, scales: readonly number[] | undefined, sizes: readonly number[] | undefined): ValueInfo[] | undefined {
  const { node } = context;
  const x = context.input(0);
  const mode = text(node, 'coordinate_transformation_mode', 'half_pixel');
  const axes = x.shape.map((from, axis): ResizedAxis => {
    const width = scales ? from * scales[axis] : (sizes?.[axis] ?? from);
    const to = Math.floor(Math.fround(width));
    return { from, to, width, scale: scales ? scales[axis] : to / from, region: [0, 1] };
  });
  const isFractional = axes.some(({ to, width }) => Math.abs(to - (width ?? to)) > 1e-4);
  const antialias = flag(node, 'antialias') && axes.some(({ scale }) => scale < 1);
  if (!antialias && mode !== 'half_pixel_symmetric' && !(mode === 'align_corners' && isFractional)) return undefined;
  const symmetric = mode === 'half_pixel_symmetric';
  const known = interpolationOf({ ...node, attributes: symmetric ? context.attributesWithout('coordinate_transformation_mode') : node.attributes });
  if (known.coordinates === 'tf_crop_and_resize') throw context.invalid('antialias is not supported with tf_crop_and_resize');
  if (antialias && known.mode === 'nearest') throw context.invalid('antialias is not supported with mode nearest');
  const { reshape, matMul } = context.math;
  const interpolation: Interpolation = { ...known, antialias, coordinates: symmetric ? 'half_pixel_symmetric' : known.coordinates };
  return context.outputs([
    axes.reduce((value, axis, index) => {
      if (axis.from === axis.to && axis.scale === 1) return value;
      const [before, after] = [sizeOf(value.shape.slice(0, index)), sizeOf(value.shape.slice(index + 1))];
      const matrix = context.constantOfTensor(weights(tapsOf(interpolation, axis), axis.from));
      return reshape(matMul(matrix, reshape(value, [before, axis.from, after])), value.shape.map((size, at) => (at === index ? axis.to : size)));
    }, x),
  ]);
}

const nonEmpty = (values: number[] | undefined): number[] | undefined => (values && values.length > 0 ? values : undefined);

function keepAspectRatio(context: NodeContext, sizes: readonly number[], axes: readonly number[]): readonly number[] {
  const policy = choice(context.node, 'keep_aspect_ratio_policy', ['stretch', 'not_larger', 'not_smaller'], 'stretch');
  if (policy === 'stretch') return sizes;
  const { shape } = context.input(0);
  const scales = axes.map((axis, index) => sizes[index] / shape[axis]);
  const scale = policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales);
  const wanted = axes.map((axis) => scale * shape[axis]);
  if (wanted.some((size) => Math.abs(size - Math.round(size)) > 1e-6)) throw context.invalid(`keep_aspect_ratio_policy must lead to whole sizes, got ${wanted.join(', ')}`);
  return wanted.map(Math.round);
}
