import { sizeOf, tensor, type DataType, type Shape, type Tensor, type TensorData } from '../tensor';

/** The values of a chunk, to be written row by row. */
export type ChunkData = TensorData[DataType];

/**
 * Rows to be pushed through a model: variants of the examples (steps of a path, perturbed or noisy copies), written one
 * by one into the chunk that is about to run, so that they never exist all at once.
 */
export interface Rows {
  readonly count: number;
  /** Shape and type of each attributed input; axis 0 is not read. */
  readonly inputs: readonly { readonly shape: Shape; readonly dtype: DataType }[];
  /** The example that a row is a variant of: it decides about target and additional forward arguments. */
  exampleOf(row: number): number;
  /** Writes a row of an input, beginning at `offset` of `into`. */
  write(input: number, row: number, into: ChunkData, offset: number): void;
  /** How far `done` rows are, in words: `step 12 of 50`. */
  describe?(done: number): string;
}

/** The examples themselves. */
export function examplesOf(inputs: readonly Tensor[]): Rows {
  return {
    count: inputs[0].shape[0],
    inputs,
    exampleOf: (row) => row,
    write: (input, row, into, offset) => copyExample(inputs[input], row, into, offset),
  };
}

/** The sum over one example (an entry of axis 0) of a tensor. */
export function sumOfExample({ data, shape }: Tensor<'float32'>, example: number): number {
  const size = sizeOf(shape.slice(1));
  return data.subarray(example * size, (example + 1) * size).reduce((sum, value) => sum + value, 0);
}

/** Copies one example (an entry of axis 0) of a tensor. */
export function copyExample(from: Tensor, example: number, into: ChunkData, offset: number): void {
  const size = sizeOf(from.shape.slice(1));
  const [source, target]: [{ [index: number]: unknown }, { [index: number]: unknown }] = [from.data, into];
  if (isFloats(from.data) && isFloats(into)) into.set(from.data.subarray(example * size, (example + 1) * size), offset);
  else for (let index = 0; index < size; index++) target[offset + index] = source[example * size + index];
}

const isFloats = (data: ChunkData): data is Float32Array => data instanceof Float32Array;

/** A tensor of zeros (empty strings) whose data may still be written. */
export function blank(dtype: DataType, shape: Shape): Tensor {
  const length = sizeOf(shape);
  switch (dtype) {
    case 'float32':
      return tensor(dtype, new Float32Array(length), shape);
    case 'int64':
      return tensor(dtype, new BigInt64Array(length), shape);
    case 'int32':
      return tensor(dtype, new Int32Array(length), shape);
    case 'int8':
      return tensor(dtype, new Int8Array(length), shape);
    case 'uint8':
    case 'bool':
      return tensor(dtype, new Uint8Array(length), shape);
    case 'string':
      return tensor(dtype, new Array<string>(length).fill(''), shape);
  }
}
