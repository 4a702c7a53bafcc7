import type { ValueInfo } from '../../graph/graph';
import { formatShape, int64, type Shape } from '../../tensor';
import { axesIn, axisIn, constantIntegers, evaluating, input, invalid, requiredIntegers, type WithConstants } from '../context';
import { algebra } from '../algebra';
import type { DerivativeContext, Operator } from '../operator';
import { materialise, stridesOf } from '../strided';

/** The elements start, start + step, ... of one axis. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** x[start:end:step] along the named axes; dx holds dy at those places, else zeros. */
export const slice: Operator = {
  type: 'Slice',
  infer(context) {
    const { dtype, shape } = input(context);
    return [{ dtype, shape: rangesOf(context, shape).map(({ length }) => length) }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { shape } = input(context);
    const ranges = rangesOf(context, shape);
    const spread = ranges.reduce((gradient, range, axis) => (range.step === 1 ? gradient : spreadAxis(context, gradient, axis, range, shape[axis])), dy);
    const before = ranges.map(({ start, step }) => (step === 1 ? start : 0));
    const after = ranges.map(({ start, step, length }, axis) => (step === 1 ? shape[axis] - start - length : 0));
    return [algebra(context.builder).pad(spread, [...before, ...after])];
  },
  evaluate(inputs, node, [{ shape }]) {
    const x = inputs[0]!;
    const ranges = rangesOf(evaluating(node, inputs), x.shape);
    const strides = stridesOf(x.shape);
    const offset = ranges.reduce((sum, { start }, axis) => sum + start * strides[axis], 0);
    return [materialise(x, { shape, strides: ranges.map(({ step }, axis) => step * strides[axis]), offset })];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const ranges = rangesOf(context, x.shape);
    const stepped = ranges.reduce(
      (value, { start, step, length }, axis) => (step === 1 ? value : tf.gather(value, tf.tensor1d(Array.from({ length }, (_, index) => start + index * step), 'int32'), axis)),
      x,
    );
    const begin = ranges.map(({ start, step }) => (step === 1 ? start : 0));
    return [tf.slice(stepped, begin, ranges.map(({ length }) => length))];
  },
};

/** Puts the elements of `gradient` where a stepped range took them from: each place gathers its element, or a zero appended for the others. */
function spreadAxis({ builder }: DerivativeContext, gradient: ValueInfo, axis: number, { start, step, length }: Range, size: number): ValueInfo {
  const rank = gradient.shape.length;
  const oneMore = Array.from({ length: 2 * rank }, (_, index) => (index === rank + axis ? 1 : 0));
  const source = new Array<number>(size).fill(length);
  for (let index = 0; index < length; index++) source[start + index * step] = index;
  return builder.op('Gather', [algebra(builder).pad(gradient, oneMore), builder.constant(int64(source, [size]), 'places')], { axis });
}

function rangesOf(context: WithConstants, shape: Shape): Range[] {
  const { node } = context;
  const starts = requiredIntegers(context, 1, 'starts');
  const ends = requiredIntegers(context, 2, 'ends');
  const axes = (constantIntegers(context, 3, 'axes') ?? starts.map((_, index) => index)).map((axis) => axisIn(node, axis, shape.length));
  const steps = constantIntegers(context, 4, 'steps') ?? starts.map(() => 1);
  axesIn(node, axes, shape.length);
  if (new Set([starts.length, ends.length, axes.length, steps.length]).size > 1) {
    throw invalid(node, `starts, ends, axes and steps must have one length, got ${starts.length}, ${ends.length}, ${axes.length} and ${steps.length}`);
  }
  if (steps.includes(0)) throw invalid(node, `steps must not be 0, got ${formatShape(steps)}`);
  return shape.map((size, axis) => {
    const index = axes.indexOf(axis);
    return index < 0 ? { start: 0, step: 1, length: size } : clamped(starts[index], ends[index], steps[index], size);
  });
}

function clamped(from: number, to: number, step: number, size: number): Range {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const within = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, low), high);
  const start = step > 0 ? within(from) : Math.max(within(from), 0);
  const length = size === 0 ? 0 : Math.max(0, Math.ceil((within(to) - start) / step));
  return { start: length === 0 ? 0 : start, step: length <= 1 ? 1 : step, length };
}
