import { sizeOf, type Tensor } from '../tensor';
import { copyExample, type ChunkData, type Rows } from './rows';

/**
 * The points baseline + alpha * (input - baseline) of all examples, step by step. `constants` follow the inputs and stay
 * as they are.
 */
export class StraightPath implements Rows {
  readonly count: number;
  readonly inputs: readonly Tensor[];
  private readonly examples: number;

  constructor(
    private readonly ends: readonly Tensor<'float32'>[],
    private readonly baselines: readonly Tensor<'float32'>[],
    private readonly alphas: Float64Array,
    private readonly constants: readonly Tensor[] = [],
  ) {
    this.inputs = [...ends, ...constants];
    this.examples = ends[0].shape[0];
    this.count = this.examples * alphas.length;
  }

  exampleOf = (row: number): number => row % this.examples;

  stepOf = (row: number): number => Math.floor(row / this.examples);

  /** Rounds as float32 arithmetic does: at kinks of the model every bit counts. */
  write(input: number, row: number, into: ChunkData, offset: number): void {
    if (input >= this.ends.length) return copyExample(this.constants[input - this.ends.length], this.exampleOf(row), into, offset);
    if (!(into instanceof Float32Array)) return;
    const [x, start, alpha] = [this.ends[input], this.baselines[input].data, Math.fround(this.alphas[this.stepOf(row)])];
    const size = sizeOf(x.shape.slice(1));
    const from = this.exampleOf(row) * size;
    for (let index = 0; index < size; index++) into[offset + index] = start[from + index] + Math.fround(alpha * Math.fround(x.data[from + index] - start[from + index]));
  }

  describe = (done: number): string => `step ${Math.floor(done / this.examples)} of ${this.alphas.length}`;
}
