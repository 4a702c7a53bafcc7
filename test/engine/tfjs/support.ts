import assert from 'node:assert/strict';
import { after } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import { differentiate, gradientName, seedName } from '../../../src/engine/graph/differentiate';
import type { Graph } from '../../../src/engine/graph/graph';
import { simplify } from '../../../src/engine/graph/simplify';
import type { TfjsModelSource } from '../../../src/engine/models/tfjs/tfjsModel';
import { tfjsModel } from '../../../src/engine/models/tfjs/tfjsModel';
import type { TensorFunction, Tf } from '../../../src/engine/models/tfjs/tfjs';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import type { Feeds, Runtime } from '../../../src/engine/runtime/runtime';
import { toTfjs } from '../../../src/engine/runtime/tfjsTensor';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { float32, sizeOf, tensor, toNumbers, type Tensor } from '../../../src/engine/tensor';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';
import { randomFrom, spacedNumbers } from '../operators/random';

/** One input: random numbers in [low, high), integers for int32. */
export interface InputSpec {
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
  readonly low?: number;
  readonly high?: number;
}

export interface TraceCase {
  readonly inputs: readonly InputSpec[];
  /** Relative to the largest magnitude. Default: 2e-5. */
  readonly tolerance?: number;
  /** Leave out the derivative: the model has none, or kinks everywhere. */
  readonly noGradient?: boolean;
}

export const loaded: Promise<Tf> = loadTfjs().then(({ tf }) => tf);

let loading: Promise<OnnxRuntime> | undefined;
export const onnxRuntime = (): Promise<OnnxRuntime> => (loading ??= OnnxRuntime.load({ threads: 1 }));
after(async () => (await loading)?.dispose());

/** Random tensors for the inputs of a case; no two numbers of one tensor are near each other. */
export function randomInputs(name: string, inputs: readonly InputSpec[]): Tensor[] {
  return inputs.map(({ shape, dtype = 'float32', low = -1, high = 1 }, index) => {
    const random = randomFrom(`${name} ${index}`);
    if (dtype === 'int32') return tensor('int32', Int32Array.from({ length: sizeOf(shape) }, () => low + Math.floor(random() * (high - low))), shape);
    return float32(spacedNumbers(random, sizeOf(shape), low, high), shape);
  });
}

/** The model's own answer. */
export function predict(tf: Tf, source: TfjsModelSource, inputs: readonly Tensor[]): Tensor<'float32'>[] {
  const results: Tensor<'float32'>[] = [];
  tf.tidy(() => {
    const tensors = inputs.map((value, index) => toTfjs(tf, value, `input ${index}`));
    const result = typeof source === 'function' ? (source as TensorFunction)(...tensors) : source.predict(tensors.length === 1 ? tensors[0] : tensors);
    const outputs = (Array.isArray(result) ? result : [result]) as tfjs.Tensor[];
    results.push(...outputs.map((output) => float32(Float32Array.from(output.dataSync()), output.shape)));
  });
  return results;
}

/** Traces the model and checks the graph, plain and simplified, on both runtimes against the model, and its gradient against finite differences. */
export async function checkTrace(name: string, source: TfjsModelSource, { inputs, tolerance = 2e-5, noGradient = false }: TraceCase): Promise<Graph> {
  const tf = await loaded;
  const values = randomInputs(name, inputs);
  const model = tfjsModel(tf, source, { name });
  const before = tf.memory().numTensors;
  const graph = await model.graph(values);
  assert.equal(tf.memory().numTensors, before, 'tensors that the trace left behind');
  assert.equal(await model.graph(values), graph, 'the graph of the same shapes');
  const expected = predict(tf, source, values);
  assert.ok(expected.every(({ data }) => data.every(Number.isFinite)), 'the model must give finite numbers');
  const feeds = Object.fromEntries(graph.inputs.map((info, index) => [info.name, values[index]]));
  const simple = simplify(graph);
  for (const runtime of [await onnxRuntime(), createTfjsRuntime(tf)]) {
    for (const [form, candidate] of [['plain', graph], ['simplified', simple]] as const) {
      const results = await runOnce(runtime, candidate, feeds);
      for (const [index, output] of candidate.outputs.entries()) assertClose(results[output], expected[index], tolerance, `${form} graph on ${runtime.name}, output ${index}`);
    }
  }
  assert.equal(tf.memory().numTensors, before, 'tensors that the tfjs runtime left behind');
  if (!noGradient) await checkGradient(name, simple, feeds, tolerance);
  return graph;
}

/** d(sum(seed * output))/d(input) of both runtimes, and in some places by finite differences. */
async function checkGradient(name: string, graph: Graph, feeds: Feeds, tolerance: number): Promise<void> {
  const [output] = graph.outputs;
  const { shape } = graph.values.get(output)!;
  const random = randomFrom(`${name} seed`);
  const seed = float32(Float32Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1), shape);
  const wrt = graph.inputs.filter(({ dtype }) => dtype === 'float32').map((input) => input.name);
  const backward = simplify(differentiate(graph, { of: output, wrt }));
  const allFeeds = { ...feeds, [seedName(output)]: seed };
  const gradients = await runOnce(await onnxRuntime(), backward, allFeeds);
  const onTfjs = await runOnce(createTfjsRuntime(await loaded), backward, allFeeds);
  const forward = await (await onnxRuntime()).compile(graph);
  const loss = async (changed: Feeds): Promise<number> => {
    const values = toNumbers((await forward.run(changed))[output]);
    return values.reduce((sum, value, index) => sum + value * seed.data[index], 0);
  };
  for (const input of wrt) {
    const gradient = gradients[gradientName(input)];
    assertClose(onTfjs[gradientName(input)], gradient as Tensor<'float32'>, tolerance * 5, `gradient of ${input} on tfjs`);
    const numbers = toNumbers(gradient);
    const scale = Math.max(1e-3, ...numbers.map(Math.abs));
    assert.ok(numbers.some((value) => value !== 0), `the gradient of ${input} must not be zero`);
    for (const place of new Set(Array.from({ length: 6 }, () => Math.floor(random() * numbers.length)))) {
      const step = 1 / 256;
      const moved = (by: number): Feeds => {
        const data = Float32Array.from(toNumbers(feeds[input]));
        data[place] += by;
        return { ...feeds, [input]: float32(data, feeds[input].shape) };
      };
      const numeric = ((await loss(moved(step))) - (await loss(moved(-step)))) / (2 * step);
      assert.ok(Math.abs(numeric - numbers[place]) <= 0.02 * scale, `gradient of ${input} at ${place}: ${numbers[place]}, by differences ${numeric}`);
    }
  }
  await forward.dispose();
}

export async function runOnce(runtime: Runtime, graph: Graph, feeds: Feeds): Promise<Record<string, Tensor>> {
  const executable = await runtime.compile(graph);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.dispose();
  }
}

export function assertClose(actual: Tensor, expected: Tensor<'float32'>, tolerance: number, what: string): void {
  assert.deepEqual([...actual.shape], [...expected.shape], `${what}: shape`);
  const got = toNumbers(actual);
  const scale = Math.max(1, ...expected.data.map(Math.abs).filter(Number.isFinite));
  for (const [index, wanted] of expected.data.entries()) {
    if (Object.is(got[index], wanted) || got[index] === wanted) continue;
    assert.ok(Math.abs(got[index] - wanted) <= tolerance * scale, `${what}: element ${index} must be ${wanted}, got ${got[index]}`);
  }
}
