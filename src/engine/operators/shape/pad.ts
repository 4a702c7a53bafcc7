import type { ValueInfo } from '../../graph/graph';
import { formatShape, int64, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { choice } from '../attributes';
import { input, invalid, mismatch, requiredIntegers, typedInput, type WithConstants } from '../context';
import type { DerivativeContext, Operator } from '../operator';
import { castTo } from '../tfjsTensor';

type Mode = 'constant' | 'reflect' | 'edge';

/**
 * x with elements added (or, for negative pads in `constant` mode, removed) at both ends of each axis: a constant,
 * the mirror image without the border element, or the border element. dx is dy without them, and in the other modes
 * each added element's gradient goes to the element it copied.
 */
export const pad: Operator = {
  type: 'Pad',
  infer(context) {
    const { node } = context;
    const { dtype, shape } = input(context);
    const { mode, begins, ends } = padsOf(context, shape);
    if (context.inputs[2]) typedInput(context, 2, dtype);
    for (const [axis, dim] of shape.entries()) {
      if (mode === 'constant') continue;
      const most = mode === 'reflect' ? dim - 1 : dim === 0 ? 0 : Infinity;
      if (Math.min(begins[axis], ends[axis]) < 0 || Math.max(begins[axis], ends[axis]) > most) {
        throw mismatch(node, `${mode} pads at axis ${axis} of ${formatShape(shape)} must lie in [0, ${most}], got ${begins[axis]} and ${ends[axis]}`);
      }
    }
    const padded = shape.map((dim, axis) => dim + begins[axis] + ends[axis]);
    if (padded.some((dim) => dim < 0)) throw mismatch(node, `the pads must leave a shape, got ${formatShape([...begins, ...ends])} for ${formatShape(shape)}`);
    return [{ dtype, shape: padded }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { shape } = input(context);
    const { mode, begins, ends } = padsOf(context, shape);
    const { pad, sum, sub, reshape } = algebra(context.builder);
    if (mode !== 'constant') {
      return [shape.reduce((gradient, size, axis) => foldAxis(context, gradient, mode, axis, begins[axis], size, ends[axis]), dy)];
    }
    const dx = pad(dy, [...begins, ...ends].map((count) => -count));
    if (!context.wants(2)) return [dx];
    const total = (value: ValueInfo): ValueInfo => reshape(sum(value, shape.map((_, axis) => axis)), []);
    const kept = pad(dy, [...begins, ...ends].map((count) => -Math.max(0, count)));
    return [dx, undefined, sub(total(dy), total(kept))];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const { mode, begins, ends } = padsOf(context, x.shape);
    if (mode !== 'constant') {
      const gathered = x.shape.reduce((value, size, axis) => {
        if (begins[axis] === 0 && ends[axis] === 0) return value;
        return tf.gather(value, tf.tensor1d(sources(mode, begins[axis], size, ends[axis]), 'int32'), axis);
      }, x);
      return [gathered.clone()];
    }
    const cut = tf.slice(x, begins.map((count) => Math.max(0, -count)), x.shape.map((dim, axis) => dim + Math.min(0, begins[axis]) + Math.min(0, ends[axis])));
    const value = context.inputs[2]?.dataSync()[0] ?? 0;
    const padded = tf.pad(tf.cast(cut, x.dtype === 'bool' ? 'int32' : x.dtype), begins.map((count, axis) => [Math.max(0, count), Math.max(0, ends[axis])]), value);
    return [castTo(tf, padded, x.dtype)];
  },
};

function padsOf(context: WithConstants, shape: Shape): { mode: Mode; begins: number[]; ends: number[] } {
  const mode = choice<Mode>(context.node, 'mode', ['constant', 'reflect', 'edge'], 'constant');
  const pads = requiredIntegers(context, 1, 'pads');
  if (pads.length !== 2 * shape.length) throw invalid(context.node, `pads must be ${2 * shape.length} numbers for ${formatShape(shape)}, got ${formatShape(pads)}`);
  return { mode, begins: pads.slice(0, shape.length), ends: pads.slice(shape.length) };
}

/** The place along an axis that each element of the padded axis copies. */
function sources(mode: 'reflect' | 'edge', begin: number, size: number, end: number): number[] {
  return Array.from({ length: begin + size + end }, (_, index) => {
    const place = index - begin;
    if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1);
    return place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place;
  });
}

/** Adds the gradients of both borders of one axis to the places that they copied. */
function foldAxis({ builder }: DerivativeContext, dy: ValueInfo, mode: 'reflect' | 'edge', axis: number, begin: number, size: number, end: number): ValueInfo {
  const { slice, sum, add, pad } = algebra(builder);
  const border = (start: number, count: number): ValueInfo => {
    const part = slice(dy, axis, start, start + count);
    if (mode === 'edge') return sum(part, [axis]);
    const backwards = Array.from({ length: count }, (_, index) => count - 1 - index);
    return builder.op('Gather', [part, builder.constant(int64(backwards, [count]), 'backwards')], { axis });
  };
  const place = (part: ValueInfo, start: number): ValueInfo => {
    const rank = dy.shape.length;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = start;
    pads[rank + axis] = size - start - part.shape[axis];
    return pad(part, pads);
  };
  let gradient = begin + end === 0 ? dy : slice(dy, axis, begin, begin + size);
  if (begin > 0) gradient = add(gradient, place(border(0, begin), mode === 'edge' ? 0 : 1));
  if (end > 0) gradient = add(gradient, place(border(begin + size, end), mode === 'edge' ? size - 1 : size - 1 - end));
  return gradient;
}
