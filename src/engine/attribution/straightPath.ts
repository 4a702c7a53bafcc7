import { sizeOf, type Tensor } from '../tensor';
import type { ChunkData, Rows } from './rows';

/** The points baseline + alpha * (input - baseline) of all examples, step by step. */
export class StraightPath implements Rows {
  readonly count: number;
  private readonly examples: number;

  constructor(
    readonly inputs: readonly Tensor<'float32'>[],
    private readonly baselines: readonly Tensor<'float32'>[],
    private readonly alphas: Float64Array,
  ) {
    this.examples = inputs[0].shape[0];
    this.count = this.examples * alphas.length;
  }

  exampleOf = (row: number): number => row % this.examples;

  stepOf = (row: number): number => Math.floor(row / this.examples);

  write(input: number, row: number, into: ChunkData, offset: number): void {
    if (!(into instanceof Float32Array)) return;
    const [x, start, alpha] = [this.inputs[input], this.baselines[input].data, this.alphas[this.stepOf(row)]];
    const size = sizeOf(x.shape.slice(1));
    const from = this.exampleOf(row) * size;
    for (let index = 0; index < size; index++) into[offset + index] = start[from + index] + alpha * (x.data[from + index] - start[from + index]);
  }

  describe = (done: number): string => `step ${Math.floor(done / this.examples)} of ${this.alphas.length}`;
}
