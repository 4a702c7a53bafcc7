import { sizeOf, type Tensor } from '../tensor';
import { copyExample, type ChunkData, type Rows } from './rows';

/** Writes one element of the copy, taken from the same place of an example of another tensor. */
export type WriteElement = (element: number, from: Tensor, example: number) => void;

/** Copies of the whole batch one after the other, each perturbed in its own way: copy c of example b is row c * B + b. */
export class PerturbedCopies implements Rows {
  readonly count: number;
  private readonly examples: number;
  private readonly sizes: readonly number[];

  constructor(
    readonly inputs: readonly Tensor[],
    private readonly copies: number,
    private readonly noun: string,
    private readonly perturb: (copy: number, example: number, input: number, write: WriteElement) => void,
  ) {
    this.examples = inputs[0].shape[0];
    this.count = copies * this.examples;
    this.sizes = inputs.map(({ shape }) => sizeOf(shape.slice(1)));
  }

  exampleOf = (row: number): number => row % this.examples;

  copyOf = (row: number): number => Math.floor(row / this.examples);

  write(input: number, row: number, into: ChunkData, offset: number): void {
    const example = this.exampleOf(row);
    copyExample(this.inputs[input], example, into, offset);
    const target: { [index: number]: unknown } = into;
    this.perturb(this.copyOf(row), example, input, (element, { data }, source) => {
      target[offset + element] = data[source * this.sizes[input] + element];
    });
  }

  describe = (done: number): string => `${this.noun} ${Math.floor(done / this.examples)} of ${this.copies}`;
}
