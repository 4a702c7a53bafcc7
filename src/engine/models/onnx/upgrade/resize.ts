import type { ValueInfo } from '../../../graph/graph';
import { choice, flag, integers, text } from '../../../operators/attributes';
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
    return context.opset < 18 ? undefined : withAllAxes(context);
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

/** From opset 18 on scales and sizes may be given for some axes only, and the aspect ratio may be kept. */
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
  const attributes = context.attributesWithout('axes', 'antialias', 'keep_aspect_ratio_policy');
  const scales = nonEmpty(context.numbers(2, 'its scales'));
  const sizes = nonEmpty(context.numbers(3, 'its sizes'));
  const wanted = sizes && keepAspectRatio(context, sizes, axes);
  const smaller = scales?.some((scale) => scale < 1) ?? wanted?.some((size, index) => size < x.shape[axes[index]]);
  if (flag(context.node, 'antialias') && smaller) throw context.invalid('antialias is not supported when shrinking');
  const region = nonEmpty(context.numbers(1, 'its region'));
  if (region && axes.length < rank) throw context.invalid('a region of some axes only is not supported');
  const roi = region && context.inputs[1];
  if (scales) return context.result('Resize', [x, roi, context.floats(spread(scales, 'scales', x.shape.map(() => 1)))], attributes);
  if (!wanted) throw context.invalid('either scales or sizes must be given');
  return context.result('Resize', [x, roi, undefined, context.integers(spread(wanted, 'sizes', x.shape))], attributes);
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
