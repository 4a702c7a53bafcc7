import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rowsPerChunk } from '../../../src/engine/attribution/chunkPlan';
import { ModelFunction } from '../../../src/engine/attribution/modelFunction';
import { Passes, type PassesOptions } from '../../../src/engine/attribution/passes';
import { quadrature } from '../../../src/engine/attribution/quadrature';
import { examplesOf } from '../../../src/engine/attribution/rows';
import { StraightPath } from '../../../src/engine/attribution/straightPath';
import { LensError } from '../../../src/protocol/errors';
import type { JobProgress } from '../../../src/protocol/renderer';
import { ExecutableCache } from '../../../src/engine/runtime/executables';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import type { Executable, Runtime } from '../../../src/engine/runtime/runtime';
import type { Graph } from '../../../src/engine/graph/graph';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { scaledSquares, tanhModel, totalSquares, type BuiltModel } from './models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75, 0.1, 0.2, 0.3], [3, 3]);

describe('Passes', () => {
  let runtime: Runtime;
  before(async () => {
    runtime = await OnnxRuntime.load();
  });
  after(() => runtime.dispose());

  const passesOver = (model: BuiltModel, options: PassesOptions = {}, on = runtime): Passes => new Passes(new ModelFunction(model, new ExecutableCache(on)), 3, options);

  /** The gradients and values of 20 steps for three examples. */
  async function steps(options: PassesOptions, model = tanhModel(), on = runtime): Promise<{ values: number[]; gradients: number[]; passes: Passes; model: BuiltModel }> {
    const passes = passesOver(model, options, on);
    const points = new StraightPath([x], [float32(new Float32Array(9), [3, 3])], quadrature('gausslegendre', 20).alphas);
    const values: number[] = [];
    const gradients: number[] = [];
    await passes.gradients(points, [[0], [1], [0]], (row, value, [gradient]) => {
      assert.equal(row, values.length, 'rows come in order');
      values.push(value);
      gradients.push(...gradient);
    });
    return { values, gradients, passes, model };
  }
  const close = (actual: readonly number[], expected: readonly number[]): void => {
    assert.equal(actual.length, expected.length);
    for (const [index, value] of expected.entries()) assert.ok(Math.abs(actual[index] - value) < 1e-6 * Math.max(1, Math.abs(value)), `${actual[index]}, expected ${value}`);
  };

  it('evaluates the whole output', async () => {
    const output = await passesOver(tanhModel()).evaluate(examplesOf([x]));
    assert.deepEqual(output.shape, [3, 2]);
    close([output.data[0]], [Math.tanh(0.5 * 1 + -1 * 0.25 + 2 * -1)]);
  });

  it('gives each row the gradient of its own target', async () => {
    const { gradients } = await steps({});
    const slope = (z: number): number => 1 - Math.tanh(z) ** 2;
    const [alpha] = quadrature('gausslegendre', 20).alphas;
    close(gradients.slice(0, 3), [1, 0.25, -1].map((weight) => weight * slope(alpha * (0.5 - 0.25 - 2))));
    close(gradients.slice(3, 6), [-0.5, 0.75, 0.5].map((weight) => weight * slope(alpha * (-0.5 + 0.1875 - 0.375))));
  });

  for (const internalBatchSize of [1, 2, 7, 16, 59, 60, 1000]) {
    it(`gives the same in chunks of ${internalBatchSize}`, async () => {
      const [whole, chunked] = await Promise.all([steps({}), steps({ internalBatchSize })]);
      close(chunked.values, whole.values);
      close(chunked.gradients, whole.gradients);
      assert.ok(chunked.passes.cost().rowsPerChunk <= internalBatchSize);
    });
  }

  it('compiles one size for all chunks, besides the single row that it plans with', async () => {
    const { model, passes } = await steps({ internalBatchSize: 16 });
    assert.deepEqual(model.batches, [1, 15]);
    assert.deepEqual({ ...passes.cost(), seconds: 0, peakBytes: 0 }, { seconds: 0, forwardPasses: 0, gradientPasses: 60, rowsPerChunk: 15, peakBytes: 0 });
  });

  it('plans chunks from the memory that a row takes', async () => {
    const { passes } = await steps({ budget: { bytes: 1 } });
    assert.equal(passes.cost().rowsPerChunk, 1);
    const graph = await tanhModel().graph([{ shape: [1, 3], dtype: 'float32' }]);
    assert.equal(rowsPerChunk(100, graph, { bytes: 1e12 }), 100);
    assert.equal(rowsPerChunk(100, graph, { bytes: 1e12 }, 40), 34, 'evenly divided');
  });

  it('halves the chunks when memory runs out, and goes on where it was', async () => {
    const limited = new LimitedRuntime(runtime, 9);
    const [whole, halved] = await Promise.all([steps({}), steps({}, tanhModel(), limited)]);
    close(halved.gradients, whole.gradients);
    assert.deepEqual(limited.refused, [60, 30, 15]);
    assert.equal(halved.passes.cost().rowsPerChunk, 8);
  });

  it('says so when memory is too small for one row', async () => {
    await assert.rejects(steps({}, tanhModel(), new LimitedRuntime(runtime, 0)), { code: 'out-of-memory', message: /even for one example at a time/ });
  });

  it('passes other failures on', async () => {
    const failing: Runtime = { ...runtime, name: 'failing', compile: () => Promise.reject(new LensError('runtime-failure', 'no')), dispose: async () => {} };
    await assert.rejects(steps({}, tanhModel(), failing), { code: 'runtime-failure', message: 'no' });
  });

  it('stops between chunks when it is cancelled', async () => {
    const controller = new AbortController();
    const seen: JobProgress[] = [];
    const onProgress = (progress: JobProgress): void => {
      seen.push(progress);
      if (seen.length === 2) controller.abort();
    };
    await assert.rejects(steps({ internalBatchSize: 6, job: { signal: controller.signal, onProgress } }), { code: 'cancelled' });
    assert.equal(seen.length, 2);
  });

  it('tells how far it is, in steps', async () => {
    const seen: JobProgress[] = [];
    await steps({ internalBatchSize: 15, job: { onProgress: (progress) => seen.push(progress) } });
    assert.deepEqual(seen.map(({ fraction, message }) => [fraction, message]), [[0.25, 'step 5 of 20'], [0.5, 'step 10 of 20'], [0.75, 'step 15 of 20'], [1, 'step 20 of 20']]);
    assert.ok(seen.every(({ secondsLeft }) => (secondsLeft ?? -1) >= 0));
  });

  it('repeats additional arguments with their examples', async () => {
    const scale = float32([1, 10, 100], [3, 1]);
    for (const internalBatchSize of [undefined, 2]) {
      const gradients: number[] = [];
      const passes = passesOver(scaledSquares(), { forwardArgs: [scale], internalBatchSize });
      await passes.gradients(examplesOf([x]), undefined, (_, __, [gradient]) => gradients.push(...gradient));
      close(gradients, Array.from(x.data, (value, index) => 2 * value * scale.data[Math.floor(index / 3)]));
    }
  });

  it('gives a model with one output for the whole batch one example at a time', async () => {
    const model = totalSquares();
    const output = await passesOver(model).evaluate(examplesOf([x]));
    assert.deepEqual(output.shape, [3]);
    close(Array.from(output.data), [5.25, 1.625, 0.14]);
    const gradients: number[] = [];
    await passesOver(model).gradients(examplesOf([x]), undefined, (_, __, [gradient]) => gradients.push(...gradient));
    close(gradients, Array.from(x.data, (value) => 2 * value));
  });

  for (const size of [0, -1, 1.5, NaN]) {
    it(`refuses an internalBatchSize of ${size}`, () => assert.throws(() => passesOver(tanhModel(), { internalBatchSize: size }), { code: 'invalid-argument', message: new RegExp(`got ${size}`) }));
  }
});

/** Runs graphs of up to so many rows, and has no memory for more. */
class LimitedRuntime implements Runtime {
  readonly name = 'limited';
  readonly refused: number[] = [];

  constructor(
    private readonly runtime: Runtime,
    private readonly rows: number,
  ) {}

  async compile(graph: Graph): Promise<Executable> {
    const executable = await this.runtime.compile(graph);
    return {
      ...executable,
      bytes: executable.bytes,
      dispose: () => executable.dispose(),
      run: async (feeds: Readonly<Record<string, Tensor>>) => {
        const rows = graph.inputs[0].shape[0];
        if (rows <= this.rows) return executable.run(feeds);
        this.refused.push(rows);
        throw new LensError('out-of-memory', 'std::bad_alloc');
      },
    };
  }

  async dispose(): Promise<void> {}
}
