import { LensError } from '../../protocol/errors';
import { seedName } from '../graph/differentiate';
import type { Graph } from '../graph/graph';
import { float32, formatShape, isFloat32, sizeOf, type Shape, type Tensor } from '../tensor';
import { defaultBudget, rowsPerChunk, type ChunkBudget } from './chunkPlan';
import type { Cost, TargetIndex } from './explanation';
import { throwIfCancelled, type Job } from './job';
import { TIME_FIRST } from '../models/derived/timeFirst';
import type { Model } from '../models/model';
import { PLAIN, type CompiledFunction, type Derivation, type InputSpec, type ModelFunction } from './modelFunction';
import { blank, copyExample, type Rows } from './rows';
import { offsetOf } from './targets';

export interface PassesOptions {
  /** Passed to the model after the attributed inputs; those with an entry for each example on axis 0 follow the rows. */
  readonly forwardArgs?: readonly Tensor[];
  /** Rows of a chunk at most; only memory limits it by default. */
  readonly internalBatchSize?: number;
  readonly budget?: ChunkBudget;
  readonly job?: Job;
}

/**
 * Gets what came out for one row: the selected output, its gradients, one for each attributed input or layer, and the
 * values of the layers.
 */
export type GradientVisitor = (row: number, value: number, gradients: readonly Float32Array[], layers: readonly Float32Array[]) => void;

/** What it took so far, together for passes that belong together. */
interface Tally {
  forwardRows: number;
  gradientRows: number;
  largestChunk: number;
  peak: number;
  readonly started: number;
}

/** How rows are pushed through together. */
export interface ChunkOptions {
  /** Rows of a chunk at most. */
  readonly limit?: number;
  /** The rows that the model must get at once, because it returns one result for all of them; `count` is a multiple. */
  readonly unit?: number;
}

type Derive = (specs: readonly InputSpec[]) => Promise<CompiledFunction>;
type ChunkVisitor = (start: number, rows: number, outputs: Readonly<Record<string, Tensor>>, compiled: CompiledFunction) => void;

/**
 * Pushes rows through a model in chunks that fit the memory, forward or forward and back: the one place that batches.
 * A chunk that fails for lack of memory is tried again with half the rows; cancelling stops before the next chunk.
 */
export class Passes {
  readonly forwardArgs: readonly Tensor[];
  private readonly job: Job;

  constructor(
    private readonly target: ModelFunction,
    /** The number of examples in the batch that rows are variants of. */
    private readonly examples: number,
    private readonly options: PassesOptions = {},
    private readonly tally: Tally = { forwardRows: 0, gradientRows: 0, largestChunk: 1, peak: 0, started: performance.now() },
  ) {
    const { internalBatchSize: size } = options;
    if (size !== undefined && (!Number.isInteger(size) || size < 1)) {
      throw new LensError('invalid-argument', `internalBatchSize must be a whole number of at least 1, got ${size}`);
    }
    this.forwardArgs = options.forwardArgs ?? [];
    this.job = options.job ?? {};
  }

  /** The model that rows are pushed through. */
  get model(): Model {
    return this.target.model;
  }

  /** The number of examples that the model must be given at a time; undefined when it takes any. */
  get fixedBatch(): number | undefined {
    return this.target.fixedBatch;
  }

  /** The model's graph for so many rows of these inputs. */
  graphOf(inputs: Rows['inputs'], rows: number): Promise<Graph> {
    return this.model.graph(this.specs({ inputs }, rows));
  }

  /** For each additional forward argument, whether it follows the examples. */
  get followingArgs(): readonly boolean[] {
    return this.forwardArgs.map(this.isPerExample);
  }

  /** Passes through a model made from this one (a layer, a cut), counted and cancelled together. */
  of(model: Model): Passes {
    return model === this.model ? this : new Passes(this.target.of(model), this.examples, this.options, this.tally);
  }

  /** The whole first output of the model for every row: [rows, ...axes]. */
  async evaluate(rows: Rows): Promise<Tensor<'float32'>> {
    let result: Float32Array | undefined;
    let axes: Shape = [];
    await this.forEachChunk(rows, (specs) => this.target.forward(specs), (start, count, outputs, compiled) => {
      axes = axesOf(compiled);
      const size = sizeOf(axes);
      result ??= new Float32Array(rows.count * size);
      result.set(floats(outputs[compiled.output]).subarray(0, count * size), start * size);
    });
    this.tally.forwardRows += rows.count;
    return float32(result ?? new Float32Array(0), [rows.count, ...axes]);
  }

  /**
   * The whole first output of the model row by row; unit by unit, when there are units (`row` is the first of each). For
   * many rows: the outputs are not kept. `values` is only valid during the visit.
   */
  async outputs(rows: Rows, visit: (row: number, values: Float32Array) => void, chunks: ChunkOptions = {}): Promise<void> {
    if (rows.count === 0) return;
    const { unit = 1 } = chunks;
    await this.forEachChunk(
      rows,
      (specs) => this.target.forward(specs),
      (start, count, outputs, { output }) => {
        const values = floats(outputs[output]);
        if (unit > 1) return visit(start, values);
        const size = values.length / outputs[output].shape[0] || 1;
        for (let row = 0; row < count; row++) visit(start + row, values.subarray(row * size, (row + 1) * size));
      },
      undefined,
      chunks,
    );
    this.tally.forwardRows += rows.count;
  }

  /** Whether the model returns one result for a whole batch in place of one for each example. */
  async returnsOncePerBatch(inputs: Rows['inputs']): Promise<boolean> {
    if (this.target.fixedBatch !== undefined) return false;
    try {
      const { outputShape } = await this.target.forward(this.specs({ inputs }, this.examples));
      return outputShape[0] !== this.examples;
    } catch (error) {
      if (error instanceof LensError && error.code === 'shape-mismatch') return false; // only takes one example
      throw error;
    }
  }

  /**
   * The gradients of each row's selected output with respect to the row, or to layers. `targets` has one entry for each
   * example; without it the model's output must be one number for each row. Arrays are only valid during the visit.
   */
  async gradients(rows: Rows, targets: readonly TargetIndex[] | undefined, visit: GradientVisitor, derivation: Derivation = PLAIN): Promise<void> {
    await this.forEachChunk(
      rows,
      (specs) => this.target.gradient(specs, derivation.attributed ?? rows.inputs.length, derivation),
      (start, count, outputs, compiled) => {
        const axes = axesOf(compiled);
        const values = floats(outputs[compiled.output]);
        const gradients = compiled.gradients.map((name) => byRow(outputs[name], compiled));
        const layers = compiled.layers.map((name) => byRow(outputs[name], compiled));
        for (let row = 0; row < count; row++) {
          const target = targets?.[rows.exampleOf(start + row)] ?? [];
          const value = values[row * sizeOf(axes) + offsetOf(target, axes)];
          visit(start + row, value, gradients.map((gradient) => gradient(row)), layers.map((layer) => layer(row)));
        }
      },
      targets ?? [],
    );
    this.tally.gradientRows += rows.count;
  }

  /** Counts what another algorithm took that was run as a part of this one. */
  add({ forwardPasses, gradientPasses, rowsPerChunk, peakBytes = 0 }: Cost): void {
    this.tally.forwardRows += forwardPasses;
    this.tally.gradientRows += gradientPasses;
    this.tally.largestChunk = Math.max(this.tally.largestChunk, rowsPerChunk);
    this.tally.peak = Math.max(this.tally.peak, peakBytes);
  }

  /** What it took so far. */
  cost(): Cost {
    return {
      seconds: (performance.now() - this.tally.started) / 1000,
      forwardPasses: this.tally.forwardRows,
      gradientPasses: this.tally.gradientRows,
      rowsPerChunk: this.tally.largestChunk,
      ...(this.tally.peak > 0 ? { peakBytes: this.tally.peak } : {}),
    };
  }

  /** `targets` is given for passes back: each row's seed is 1 at its target. */
  private async forEachChunk(rows: Rows, derive: Derive, visit: ChunkVisitor, targets?: readonly TargetIndex[], { limit = Infinity, unit = 1 }: ChunkOptions = {}): Promise<void> {
    let size = unit > 1 ? unit : await this.plan(rows, derive, limit);
    const started = performance.now();
    for (let start = 0; start < rows.count; ) {
      throwIfCancelled(this.job);
      try {
        const compiled = await derive(this.specs(rows, size));
        const outputs = await this.run(rows, compiled, start, size, targets);
        const count = Math.min(size, rows.count - start);
        visit(start, count, outputs, compiled);
        start += count;
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        if (size === unit || this.target.fixedBatch !== undefined) throw new LensError('out-of-memory', `Model '${this.target.model.name}': there is not enough memory, even for one example at a time`, 'Close other programs, or use a smaller model.');
        size = Math.ceil(size / 2);
        continue;
      }
      this.tally.largestChunk = Math.max(this.tally.largestChunk, size);
      this.tally.peak = Math.max(this.tally.peak, process.memoryUsage.rss());
      this.report(rows, start, performance.now() - started);
      await new Promise(setImmediate); // lets a request to cancel arrive
    }
  }

  private report(rows: Rows, done: number, milliseconds: number): void {
    if (!rows.describe) return;
    const secondsLeft = ((milliseconds / done) * (rows.count - done)) / 1000;
    this.job.onProgress?.({ fraction: done / rows.count, message: rows.describe(done), secondsLeft });
  }

  /** The size of the chunks. A model whose output does not grow with the batch gets one example at a time. */
  private async plan(rows: Rows, derive: Derive, limit: number): Promise<number> {
    if (this.target.fixedBatch !== undefined) return this.target.fixedBatch;
    const one = await derive(this.specs(rows, 1));
    axesOf(one);
    const size = rowsPerChunk(rows.count, one.graph, this.options.budget ?? defaultBudget(), Math.min(limit, this.options.internalBatchSize ?? Infinity));
    if (size === 1) return 1;
    try {
      const { outputShape } = await derive(this.specs(rows, size));
      return outputShape[0] === size ? size : 1;
    } catch (error) {
      if (error instanceof LensError && error.code === 'shape-mismatch') return 1;
      throw error;
    }
  }

  private specs(rows: Pick<Rows, 'inputs'>, size: number): InputSpec[] {
    const attributed = rows.inputs.map(({ shape, dtype }) => ({ shape: [size, ...shape.slice(1)], dtype }));
    const others = this.forwardArgs.map((arg) => ({ shape: this.isPerExample(arg) ? [size, ...arg.shape.slice(1)] : arg.shape, dtype: arg.dtype }));
    return [...attributed, ...others];
  }

  private isPerExample = ({ shape }: Tensor): boolean => shape.length > 0 && shape[0] === this.examples;

  private async run(rows: Rows, compiled: CompiledFunction, start: number, size: number, targets: readonly TargetIndex[] | undefined): Promise<Record<string, Tensor>> {
    const { graph } = compiled;
    const row = (index: number): number => Math.min(start + index, rows.count - 1); // the last chunk is filled up
    const feeds: Record<string, Tensor> = {};
    for (const [position, { shape, dtype }] of this.specs(rows, size).entries()) {
      const input = position < rows.inputs.length;
      const arg = this.forwardArgs[position - rows.inputs.length];
      const fed = input || this.isPerExample(arg) ? blank(dtype, shape) : arg;
      for (let index = 0; fed !== arg && index < size; index++) {
        const offset = index * sizeOf(shape.slice(1));
        if (input) rows.write(position, row(index), fed.data, offset);
        else copyExample(arg, rows.exampleOf(row(index)), fed.data, offset);
      }
      feeds[graph.inputs[position].name] = fed;
    }
    if (targets) feeds[seedName(compiled.output)] = seeds(compiled, Math.min(size, rows.count - start), (index) => targets[rows.exampleOf(row(index))]);
    const executable = await this.target.executable(compiled);
    const started = performance.now();
    const outputs = await executable.run(feeds);
    this.target.speed.note(targets ? 'gradient' : 'forward', size, (performance.now() - started) / 1000);
    return outputs;
  }
}

/** One-hot rows; rows that only fill up a chunk stay zero. */
function seeds(compiled: CompiledFunction, rows: number, targetOf: (index: number) => TargetIndex | undefined): Tensor<'float32'> {
  const axes = axesOf(compiled);
  const data = new Float32Array(sizeOf(compiled.outputShape));
  for (let index = 0; index < rows; index++) data[index * sizeOf(axes) + offsetOf(targetOf(index) ?? [], axes)] = 1;
  return float32(data, compiled.outputShape);
}

/** The axes of the output after the examples' axis; none when the output is one number for the whole batch. */
function axesOf({ outputShape, graph }: CompiledFunction): Shape {
  const rows = graph.inputs[0]?.shape[0];
  if (outputShape.length > 0 && outputShape[0] !== rows && rows === 1) {
    throw new LensError('shape-mismatch', `Graph '${graph.name}': the first output must have one entry for each example on axis 0, got shape ${formatShape(outputShape)} for one example`, TIME_FIRST);
  }
  return outputShape.slice(1);
}

/** The entries of axis 0 of a value that has one for each row. */
function byRow(value: Tensor, { graph, outputShape }: CompiledFunction): (row: number) => Float32Array {
  const { shape } = value;
  const data = floats(value);
  const size = sizeOf(shape.slice(1));
  if (shape.length === 0 || shape[0] < (outputShape[0] ?? 1)) {
    throw new LensError('shape-mismatch', `Graph '${graph.name}': what is attributed to must have one entry for each example on axis 0, got shape ${formatShape(shape)}`);
  }
  return (row) => data.subarray(row * size, (row + 1) * size);
}

function floats(value: Tensor): Float32Array {
  if (isFloat32(value)) return value.data;
  throw new LensError('runtime-failure', `The executor returned ${value.dtype} where float32 was expected`);
}

function isOutOfMemory(error: unknown): boolean {
  if (error instanceof LensError) return error.code === 'out-of-memory';
  return error instanceof RangeError && /allocation failed|array length|array buffer/i.test(error.message);
}
