import { LensError } from '../../../../protocol/errors';
import type { ValueInfo } from '../../../graph/graph';
import { choice, integer } from '../../../operators/attributes';
import { placesOf, readWindow } from '../../../operators/convolution/window';
import { roiAlignSettings } from '../../../operators/pooling/roiAlign';
import { generate } from '../../../operators/strided';
import { formatShape, sizeOf } from '../../../tensor';
import { MAX_FOLDED_ELEMENTS } from '../limits';
import type { NodeContext, Upgrade } from '../nodeContext';
import { maxRoiPool } from './maxRoiPool';
import { bounded, combinations, flatPlace, tapInside, type Tap } from './taps';

/** What detectors use, as far as it is not an operator of opset 17. */
export const detectionUpgrades: Readonly<Record<string, Upgrade>> = { Compress: compress, DeformConv: deformConv, MaxRoiPool: maxRoiPool, RoiAlign: roiAlign };

/** The slices of x along an axis (of all elements, without one) for which the condition holds: a Gather of those. */
function compress(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  context.typed(1, 'bool');
  const condition = context.numbers(1, 'the condition') ?? [];
  const isFlat = context.node.attributes.axis === undefined;
  const axis = isFlat ? 0 : integer(context.node, 'axis');
  const source = isFlat ? context.math.reshape(x, [sizeOf(x.shape)]) : x;
  const length = source.shape.at(axis) ?? 0;
  if (condition.length > length) throw context.invalid(`the condition must have at most ${length} elements, got ${condition.length}`);
  return context.result('Gather', [source, context.integers(condition.flatMap((holds, index) => (holds ? [index] : [])))], { axis });
}

/**
 * Convolution whose taps lie at places of their own (Dai et al., "Deformable Convolutional Networks", 2017), modulated
 * by a mask where there is one (Zhu et al., "Deformable ConvNets v2", 2019): y(p) = sum over the taps k of
 * w(k) mask(k, p) x(p + k + offset(k, p)), with x bilinear between its elements and 0 outside. Written out as gathered
 * neighbours and a product, so that x, weights, offsets, mask and bias all have gradients.
 */
function deformConv(context: NodeContext): ValueInfo[] {
  const { node, math } = context;
  const [x, weights, offset] = [context.ranked(0, 4), context.ranked(1, 4), context.ranked(2, 4)];
  const [batch, channels, ...space] = x.shape;
  const [filters, perGroup, ...kernel] = weights.shape;
  const [groups, parts] = ['group', 'offset_group'].map((name) => integer(node, name, 1));
  if (!(groups >= 1 && parts >= 1 && perGroup * groups === channels && filters % groups === 0 && channels % parts === 0)) {
    throw context.invalid(`group ${groups} and offset_group ${parts} must divide ${channels} channels and ${filters} filters of ${perGroup} channels`);
  }
  const window = readWindow(node, kernel);
  const places = placesOf(node, space, window);
  const [taps, points] = [sizeOf(kernel), sizeOf(places)];
  const requireShape = (value: ValueInfo, what: string, perTap: number): void => {
    const expected = [batch, parts * taps * perTap, ...places];
    if (formatShape(value.shape) !== formatShape(expected)) throw context.invalid(`${what} must have shape ${formatShape(expected)}, got ${formatShape(value.shape)}`);
  };
  requireShape(offset, 'the offsets', space.length);
  if (taps * points > MAX_FOLDED_ELEMENTS) throw context.invalid(`at most ${MAX_FOLDED_ELEMENTS} taps of all places are supported, got ${taps * points}`);
  const { add, mul, reshape, slice, transpose, floor, sub } = math;
  const blocks = batch * parts;

  const offsets = reshape(offset, [blocks, taps, space.length, points]);
  const axes = space.map((size, axis): Tap[] => {
    const [inKernel, inPlaces] = [sizeOf(kernel.slice(axis + 1)), sizeOf(places.slice(axis + 1))];
    const regular = generate({ dtype: 'float32', shape: [1, taps * points] }, (index) => {
      const [tap, point] = [Math.floor(Math.floor(index / points) / inKernel) % kernel[axis], Math.floor((index % points) / inPlaces) % places[axis]];
      return point * window.strides[axis] - window.begins[axis] + tap * window.dilations[axis];
    });
    const position = add(reshape(slice(offsets, 2, axis, axis + 1), [blocks, taps * points]), context.constantOfTensor(regular));
    const first = floor(position);
    const fraction = sub(position, first);
    return [tapInside(context, first, size, sub(1, fraction)), tapInside(context, add(first, 1), size, fraction)];
  });
  const rows = transpose(reshape(x, [blocks, channels / parts, sizeOf(space)]), [0, 2, 1]);
  const column = (value: ValueInfo): ValueInfo => reshape(value, [blocks, taps * points, 1]);
  const sampled = combinations(axes).map((chosen) => {
    const values = context.emit('GatherND', [rows, column(flatPlace(context, chosen, space))], { batch_dims: 1 });
    return mul(values, column(chosen.flatMap(({ weight }) => weight ?? []).reduce(mul)));
  });
  let columns = sampled.reduce(add); // [blocks, taps * points, channels of a block]
  if (context.inputs[4]) {
    requireShape(context.ranked(4, 4), 'the mask', 1);
    columns = mul(columns, column(context.input(4)));
  }
  const grouped = reshape(transpose(columns, [0, 2, 1]), [batch, groups, perGroup * taps, points]);
  const product = reshape(math.matMul(reshape(weights, [1, groups, filters / groups, perGroup * taps]), grouped), [batch, filters, ...places]);
  return context.outputs([context.inputs[3] ? add(product, reshape(context.ranked(3, 1), [1, filters, 1, 1])) : product]);
}

/** Before opset 16, 0 was the centre of the first element. */
function roiAlign(context: NodeContext): ValueInfo[] {
  const { node } = context;
  const mode = choice(node, 'mode', ['avg', 'max'], 'avg');
  const attributes = { ...context.attributesWithout('mode'), ...(context.opset < 16 ? { coordinate_transformation_mode: 'output_half_pixel' } : {}) };
  return mode === 'avg' ? context.result('RoiAlign', context.inputs, attributes) : roiMax(context, attributes);
}

/**
 * The mode max: of the weighted neighbours of all samples of a bin, the largest (which is what ONNX defines, not the
 * largest sample). Written out, and so the regions have gradients too.
 */
function roiMax(context: NodeContext, attributes: NodeContext['node']['attributes']): ValueInfo[] {
  const { node, math } = context;
  const [x, rois, examples] = [context.ranked(0, 4), context.ranked(1, 2), context.typed(2, 'int64')];
  const { bins, samplingRatio, scale, halfPixel } = roiAlignSettings({ ...node, attributes });
  if (samplingRatio === 0) throw new LensError('unsupported-operator', `RoiAlign '${node.name}': in mode max its sampling_ratio must be at least 1, got 0`, 'Export the model with mode avg or a sampling_ratio.');
  const [batch, channels, ...space] = x.shape;
  const [regions] = rois.shape;
  const { add, sub, mul, reshape, slice, transpose, floor, and, less, mask } = math;
  const samples = bins.map((count) => count * samplingRatio);
  const axes = space.map((size, axis): Tap[] => {
    const corner = (index: number): ValueInfo => sub(mul(slice(rois, 1, index, index + 1), scale), halfPixel ? 0.5 : 0);
    const [start, end] = [corner(1 - axis), corner(3 - axis)];
    const extent = sub(end, start);
    const length = halfPixel ? extent : context.emit('Max', [extent, context.scalar(1)]);
    const shares = context.floats(Array.from({ length: samples[axis] }, (_, index) => (index + 0.5) / samples[axis]), [1, samples[axis]]);
    const position = add(start, mul(length, shares)); // [regions, samples]
    const isNear = mask(and(less(-1 - 1e-6, position), less(position, size + 1e-6)));
    const inside = bounded(context, position, size);
    const first = floor(inside);
    const fraction = sub(inside, first);
    const along = (value: ValueInfo): ValueInfo => reshape(value, axis === 0 ? [regions, samples[0], 1] : [regions, 1, samples[1]]);
    return [
      { place: along(first), weight: along(mul(sub(1, fraction), isNear)) },
      { place: along(bounded(context, add(first, 1), size)), weight: along(mul(fraction, isNear)) },
    ];
  });
  const rows = reshape(transpose(x, [0, 2, 3, 1]), [batch * sizeOf(space), channels]);
  const image = mul(reshape(examples, [regions, 1, 1]), context.integers([sizeOf(space)]));
  const neighbours = combinations(axes).map(([y, x]) => {
    const place = add(flatPlace(context, [y, x], space), image);
    const values = context.emit('GatherND', [rows, reshape(place, [regions, ...samples, 1])]);
    return mul(values, reshape(mul(y.weight ?? 1, x.weight ?? 1), [regions, ...samples, 1]));
  });
  const largest = transpose(context.emit('Max', neighbours), [0, 3, 1, 2]);
  return context.result('MaxPool', [largest], { kernel_shape: [samplingRatio, samplingRatio], strides: [samplingRatio, samplingRatio] });
}

