import type * as tfjs from '@tensorflow/tfjs';
import type { GraphNode, ValueInfo } from '../../graph/graph';
import { int64, sizeOf, toNumbers, type Shape, type Tensor } from '../../tensor';
import type { Algebra } from '../algebra';
import type { GraphBuilder } from '../../graph/builder';
import { invalid } from '../context';
import { stridesOf } from '../strided';

/** The numbers of a constant index tensor, counted from the front. Throws when one is out of range. */
export function checkedIndices(node: GraphNode, indices: Tensor, size: number): number[] {
  return toNumbers(indices).map((index) => {
    if (index < -size || index >= size) throw invalid(node, `indices must lie in [${-size}, ${size - 1}], got ${index}`);
    return index < 0 ? index + size : index;
  });
}

/** Indices counted from the front, in TensorFlow.js. */
export const fromFront = (tf: typeof tfjs, indices: tfjs.Tensor, size: number): tfjs.Tensor => tf.where(tf.less(indices, 0), tf.add(indices, tf.scalar(size, 'int32')), indices);

/** The place in the flat data of each element that GatherElements and ScatterElements name by `indices` along `axis`. */
export function flatPlaces(tf: typeof tfjs, indices: tfjs.Tensor, data: Shape, axis: number): tfjs.Tensor {
  const [own, strides] = [stridesOf(indices.shape), stridesOf(data)];
  const others = Int32Array.from({ length: indices.size }, (_, flat) =>
    indices.shape.reduce((sum, dim, index) => (index === axis ? sum : sum + (Math.floor(flat / own[index]) % dim) * strides[index]), 0),
  );
  const along = tf.mul(fromFront(tf, indices, data[axis]), tf.scalar(strides[axis], 'int32'));
  return tf.add(tf.reshape(along, [-1]), tf.tensor1d(others, 'int32'));
}

/**
 * How GatherND and ScatterND see data of shape [batch..., indexed..., slice...]: as a matrix of rows, each one slice,
 * and each index tuple as the number of a row.
 */
export interface Rows {
  /** How many rows the data has, and elements each row. */
  readonly count: number;
  readonly length: number;
  /** How many index tuples there are. */
  readonly tuples: number;
  /** The dimensions that a tuple indexes, and how far apart their neighbours are in rows. */
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  /** The first row of each tuple's batch. */
  readonly offsets: readonly number[];
}

export function rowsOf(data: Shape, indices: Shape, batchDims: number): Rows {
  const depth = indices[indices.length - 1];
  const dims = data.slice(batchDims, batchDims + depth);
  const batches = sizeOf(data.slice(0, batchDims));
  const tuples = sizeOf(indices.slice(0, -1));
  const perBatch = tuples / batches;
  return {
    count: batches * sizeOf(dims),
    length: sizeOf(data.slice(batchDims + depth)),
    tuples,
    dims,
    strides: stridesOf(dims),
    offsets: Array.from({ length: tuples }, (_, tuple) => Math.floor(tuple / perBatch) * sizeOf(dims)),
  };
}

/** The row number of each tuple, in TensorFlow.js: [tuples]. */
export function rowNumbers(tf: typeof tfjs, indices: tfjs.Tensor, { tuples, dims, strides, offsets }: Rows): tfjs.Tensor {
  const tuple = tf.reshape(indices, [tuples, dims.length]);
  const front = tf.where(tf.less(tuple, 0), tf.add(tuple, tf.tensor1d([...dims], 'int32')), tuple);
  return tf.add(tf.sum(tf.mul(front, tf.tensor1d([...strides], 'int32')), 1), tf.tensor1d([...offsets], 'int32'));
}

/** The row number of each tuple, as graph nodes: [tuples, 1]. */
export function rowNumberNodes(builder: GraphBuilder, { reshape, where, less, add, mul, sum }: Algebra, indices: ValueInfo, { tuples, dims, strides, offsets }: Rows): ValueInfo {
  const tuple = reshape(indices, [tuples, dims.length]);
  const zero = builder.constant(int64([0], []), 'zero');
  const front = where(less(tuple, zero), add(tuple, builder.integers(dims)), tuple);
  const rows = sum(mul(front, builder.integers(strides)), [1]);
  return add(rows, reshape(builder.integers(offsets), [tuples, 1]));
}
