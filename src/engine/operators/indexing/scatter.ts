import type * as tfjs from '@tensorflow/tfjs';
import type { GraphNode, ValueInfo } from '../../graph/graph';
import { algebra } from '../algebra';
import { choice } from '../attributes';
import { input } from '../context';
import type { DerivativeContext } from '../operator';

const REDUCTIONS = ['none', 'add', 'mul', 'min', 'max'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** How scattered updates combine with the data and with each other. */
export const scatterReduction = (node: GraphNode): Reduction => choice(node, 'reduction', REDUCTIONS, 'none');

/** The node's own way between the data's shape and that of the updates. */
export interface Places {
  /** The data with the updates scattered into it. */
  scatter(data: ValueInfo, updates: ValueInfo, reduction: Reduction): ValueInfo;
  /** What lies at the place of each update. */
  gather(data: ValueInfo): ValueInfo;
}

/**
 * The gradients of data x and updates u of y = scatter(x, u):
 * - none: dx = dy, zero where it was replaced; du = dy where it went. Replacing one place twice is undefined, as in ONNX.
 * - add: dx = dy; du = dy where it went.
 * - mul: dx = dy times the updates of the place; du = dy times x and all other updates of the place, exact for zeros too.
 * - min, max: dy is shared evenly by the data and the updates that equal the result (as in torch's scatter_reduce).
 */
export function scatterDerivative(context: DerivativeContext, { scatter, gather }: Places): (ValueInfo | undefined)[] {
  const [dy] = context.gradients;
  const [y] = context.outputs;
  if (!dy || !y) return [];
  const { zeros, expand, equal, where, mul, div, sub, mask } = algebra(context.builder);
  const [x, u] = [input(context, 0), input(context, 2)];
  const gradients = (ofData: () => ValueInfo, ofUpdates: () => ValueInfo): (ValueInfo | undefined)[] => [context.wants(0) ? ofData() : undefined, undefined, context.wants(2) ? ofUpdates() : undefined];
  const reduction = scatterReduction(context.node);
  switch (reduction) {
    case 'none':
      return gradients(() => scatter(dy, zeros(u.shape), 'none'), () => gather(dy));
    case 'add':
      return gradients(() => dy, () => gather(dy));
    case 'mul':
      return gradients(
        () => mul(dy, scatter(expand(1, x.shape), u, 'mul')),
        () => {
          const isZero = equal(u, 0);
          const factor = where(isZero, 1, u);
          const otherZeros = sub(gather(scatter(zeros(x.shape), mask(isZero), 'add')), mask(isZero));
          const others = div(gather(mul(dy, scatter(x, factor, 'mul'))), factor);
          return where(equal(otherZeros, 0), others, 0);
        },
      );
    case 'min':
    case 'max': {
      const [ownWins, updateWins] = [mask(equal(x, y)), mask(equal(u, gather(y)))];
      const share = div(dy, scatter(ownWins, updateWins, 'add'));
      return gradients(() => mul(ownWins, share), () => mul(updateWins, gather(share)));
    }
  }
}

const COMBINE: Readonly<Record<'mul' | 'min' | 'max', (a: number, b: number) => number>> = { mul: (a, b) => a * b, min: Math.min, max: Math.max };

/**
 * Scatters rows of updates into the rows of x that `rows` [tuples] numbers, in TensorFlow.js. It has no scattering
 * product, minimum or maximum: those are computed on the values themselves.
 */
export function scatterRows(tf: typeof tfjs, reduction: Reduction, x: tfjs.Tensor, rows: tfjs.Tensor, updates: tfjs.Tensor, length: number): tfjs.Tensor {
  const count = length === 0 ? 0 : x.size / length;
  switch (reduction) {
    case 'mul':
    case 'min':
    case 'max': {
      const combine = COMBINE[reduction];
      const [result, values] = [x.dataSync().slice(), updates.dataSync()];
      for (const [tuple, row] of rows.dataSync().entries()) {
        for (let index = 0; index < length; index++) result[row * length + index] = combine(result[row * length + index], values[tuple * length + index]);
      }
      return tf.tensor(result, x.shape, x.dtype);
    }
    default: {
      const places = tf.expandDims(rows, 1);
      const scattered = tf.reshape(tf.scatterND(places, tf.reshape(updates, [rows.size, length]), [count, length]), x.shape);
      if (reduction === 'add') return tf.add(x, scattered);
      const hits = tf.scatterND(places, tf.ones([rows.size, length], 'int32'), [count, length]);
      return tf.where(tf.reshape(tf.greater(hits, 0), x.shape), scattered, x);
    }
  }
}
