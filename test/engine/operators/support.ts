import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import { differentiate, gradientName, seedName } from '../../../src/engine/graph/differentiate';
import type { Attributes, Graph, ValueInfo } from '../../../src/engine/graph/graph';
import { operatorOf } from '../../../src/engine/operators/registry';
import { generate } from '../../../src/engine/operators/strided';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import type { Executable, Feeds } from '../../../src/engine/runtime/runtime';
import { float32, sizeOf, toNumbers, type DataType, type Shape, type Tensor } from '../../../src/engine/tensor';
import { LensError } from '../../../src/protocol/errors';
import { randomFrom, spacedNumbers } from './random';
import { runOnOthers } from './otherExecutors';

/** One input of an operator under test: random unless `values` are given. */
export interface Operand {
  shape: Shape;
  /** Default: float32. */
  dtype?: DataType;
  values?: readonly (number | bigint)[];
  /** Bounds of random values. Default: [-2, 2]. */
  range?: readonly [number, number];
  /** Points that random values keep away from. */
  avoid?: readonly number[];
  /** A constant of the graph instead of an input. */
  constant?: boolean;
}

/** One configuration of an operator. */
export interface OperatorCase {
  /** Literal and short; the operator's type stands before it. */
  name: string;
  op: string;
  inputs: readonly (Operand | undefined)[];
  attributes?: Attributes;
  /** The number of outputs, or their names ('' is omitted). Default: 1. */
  outputs?: number | readonly string[];
  /** The step of the finite differences. Default: 1/128. */
  step?: number;
  /** Relative to the largest gradient. Default: 2e-3. */
  tolerance?: number;
  /** The outputs, where they are to be pinned to literals. */
  expected?: readonly (readonly number[])[];
  /** dx of input 0 for a seed of ones, where it is to be pinned (ties). */
  expectedGradient?: readonly number[];
  /** What the finite differences cannot check: ties and kinks. */
  skipFiniteDifferences?: boolean;
}

/** An int64 constant vector: axes, shapes, pads. */
export const ints = (...values: number[]): Operand => ({ shape: [values.length], dtype: 'int64', values, constant: true });
/** A constant scalar. */
export const scalar = (value: number | bigint, dtype: DataType = 'float32'): Operand => ({ shape: [], dtype, values: [value], constant: true });
/** A random float32 input. */
export const random = (...shape: number[]): Operand => ({ shape });
/** A random float32 constant. */
export const constant = (...shape: number[]): Operand => ({ shape, constant: true });

let loading: Promise<OnnxRuntime> | undefined;
export const onnxRuntime = (): Promise<OnnxRuntime> => (loading ??= OnnxRuntime.load({ threads: 1 }));
after(async () => (await loading)?.dispose());

/** Registers a test for each case: shape rule, derivative, constant evaluation and tfjs kernel against ONNX Runtime and finite differences. */
export function verify(cases: readonly OperatorCase[]): void {
  for (const operatorCase of cases) test(`${operatorCase.op}: ${operatorCase.name}`, () => check(operatorCase));
}

/** Registers tests that building a node throws a message. */
export function verifyErrors(cases: readonly (OperatorCase & { message: string })[]): void {
  for (const operatorCase of cases) {
    test(`${operatorCase.op}: refuses ${operatorCase.name}`, () => {
      assert.throws(
        () => build(operatorCase, false),
        (error) => {
          assert.ok(error instanceof LensError, String(error));
          assert.equal(error.message, operatorCase.message);
          return true;
        },
      );
    });
  }
}

interface Built {
  graph: Graph;
  feeds: Feeds;
  outputs: ValueInfo[];
}

/** The graph of one node, with the name of the operator, and its inputs. */
function build(operatorCase: OperatorCase, allConstant: boolean): Built {
  const builder = new GraphBuilder(operatorCase.op);
  const random = randomFrom(operatorCase.name);
  const feeds: Record<string, Tensor> = {};
  const inputs = operatorCase.inputs.map((operand, index) => {
    if (!operand) return undefined;
    const value = tensorOf(operand, random);
    if (operand.constant || allConstant) return builder.constant(value, `x${index}`);
    feeds[`x${index}`] = value;
    return builder.input(`x${index}`, value.dtype, value.shape);
  });
  const { outputs: wanted = 1 } = operatorCase;
  const names = typeof wanted === 'number' ? Array.from({ length: wanted }, (_, index) => `y${index}`) : wanted;
  const outputs = builder.node(operatorCase.op, inputs, operatorCase.attributes, { name: 'node', outputs: names }).filter(({ name }) => name !== '');
  return { graph: builder.build(outputs), feeds, outputs };
}

function tensorOf({ shape, dtype = 'float32', values, range: [low, high] = [-2, 2], avoid }: Operand, random: () => number): Tensor {
  const numbers = values ?? spacedNumbers(random, sizeOf(shape), low, high, avoid);
  return generate({ dtype, shape }, (index) => (dtype === 'float32' || values ? numbers[index] : Math.round(Number(numbers[index]))));
}

async function check(operatorCase: OperatorCase): Promise<void> {
  const runtime = await onnxRuntime();
  const { graph, feeds, outputs } = build(operatorCase, false);
  const executable = await runtime.compile(graph);
  const results = await executable.run(feeds);
  for (const [index, { name, shape, dtype }] of outputs.entries()) {
    assert.deepEqual({ shape: [...results[name].shape], dtype: results[name].dtype }, { shape: [...shape], dtype }, `shape rule of output ${index}`);
    if (operatorCase.expected) assertClose(results[name], generate({ dtype, shape }, (at) => operatorCase.expected![index][at]), 1e-6, 'expected');
  }
  checkEvaluation(operatorCase, results);
  for (const { executor, outputs: computed, precision } of await runOnOthers(graph, feeds)) assertAllClose(computed, results, executor, precision);
  for (const output of outputs) if (output.dtype === 'float32') await checkDerivative(operatorCase, graph, feeds, output, executable);
  await executable.dispose();
}

function checkEvaluation(operatorCase: OperatorCase, results: Record<string, Tensor>): void {
  const { graph } = build(operatorCase, true);
  const [node] = graph.nodes;
  const evaluate = operatorOf(node).evaluate;
  if (!evaluate) return;
  const infos = node.outputs.map((name) => graph.values.get(name) ?? { dtype: 'float32' as const, shape: [] });
  const evaluated = evaluate(node.inputs.map((name) => graph.constants.get(name)), node, infos);
  for (const [index, name] of node.outputs.entries()) if (name !== '') assertClose(evaluated[index], results[name], results[name].dtype === 'float32' ? 1e-6 : 0, `evaluate, output ${index}`);
}

/** L = sum(seed * output); the derivative of L against (L(x + h) - L(x - h)) / 2h for each element of each float32 input. */
async function checkDerivative(operatorCase: OperatorCase, graph: Graph, feeds: Feeds, output: ValueInfo, forward: Executable): Promise<void> {
  const { derivative } = operatorOf(graph.nodes[0]);
  if (!derivative) return;
  const wrt = graph.inputs.filter((value) => value.dtype === 'float32').map((value) => value.name);
  if (wrt.length === 0) return;
  await checkGradients(operatorCase, { graph, feeds, output, forward, wrt });
}

/** A graph whose gradients are checked by {@link checkGradients}. */
export interface Differentiated {
  graph: Graph;
  feeds: Feeds;
  output: ValueInfo;
  forward: Executable;
  /** The inputs whose gradients are checked. */
  wrt: string[];
}

/** The gradients of a graph in ONNX Runtime against TensorFlow.js, finite differences and, where pinned, literals. */
export async function checkGradients(operatorCase: Pick<OperatorCase, 'name' | 'expectedGradient' | 'skipFiniteDifferences' | 'step' | 'tolerance'>, { graph, feeds, output, forward, wrt }: Differentiated): Promise<void> {
  const random = randomFrom(`${operatorCase.name} seed`);
  const pinned = operatorCase.expectedGradient !== undefined;
  const seed = float32(Float32Array.from({ length: sizeOf(output.shape) }, () => (pinned ? 1 : random() * 2 - 1)), output.shape);
  const backward = differentiate(graph, { of: output.name, wrt });
  const executable = await (await onnxRuntime()).compile(backward);
  const allFeeds = { ...feeds, [seedName(output.name)]: seed };
  const results = await executable.run(allFeeds);
  await executable.dispose();
  for (const { executor, outputs, precision } of await runOnOthers(backward, allFeeds)) assertAllClose(outputs, results, `derivative on ${executor}`, precision);
  if (operatorCase.expectedGradient) assertClose(results[gradientName(wrt[0])], float32(operatorCase.expectedGradient, results[gradientName(wrt[0])].shape), 1e-6, 'gradient');
  if (operatorCase.skipFiniteDifferences) return;
  for (const name of wrt) {
    const numeric = await finiteDifferences(forward, feeds, name, output.name, seed, operatorCase.step ?? 1 / 128);
    assertClose(results[gradientName(name)], float32(numeric, results[gradientName(name)].shape), operatorCase.tolerance ?? 2e-3, `derivative by ${name}`);
  }
}

async function finiteDifferences(forward: Executable, feeds: Feeds, name: string, output: string, seed: Tensor<'float32'>, step: number): Promise<number[]> {
  const loss = async (values: Float32Array): Promise<number> => {
    const results = await forward.run({ ...feeds, [name]: float32(values, feeds[name].shape) });
    return toNumbers(results[output]).reduce((sum, value, index) => sum + value * seed.data[index], 0);
  };
  const values = Float32Array.from(toNumbers(feeds[name]));
  const gradient: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const [above, below] = [Float32Array.from(values), Float32Array.from(values)];
    above[index] += step;
    below[index] -= step;
    gradient.push(((await loss(above)) - (await loss(below))) / (above[index] - below[index]));
  }
  return gradient;
}

export function assertAllClose(actual: Record<string, Tensor>, expected: Record<string, Tensor>, what: string, tolerance: number): void {
  for (const [name, value] of Object.entries(expected)) assertClose(actual[name], value, tolerance, `${what}, ${name}`);
}

/** Equal type and shape, and values no further apart than `tolerance` times the largest magnitude (at least 1). */
export function assertClose(actual: Tensor, expected: Tensor, tolerance: number, what: string): void {
  assert.deepEqual({ dtype: actual.dtype, shape: [...actual.shape] }, { dtype: expected.dtype, shape: [...expected.shape] }, what);
  const [got, wanted] = [toNumbers(actual), toNumbers(expected)];
  const scale = Math.max(1, ...wanted.filter(Number.isFinite).map(Math.abs));
  for (const [index, number] of wanted.entries()) {
    if (Object.is(got[index], number) || got[index] === number) continue;
    assert.ok(Math.abs(got[index] - number) <= tolerance * scale, `${what}: element ${index} must be ${number}, got ${got[index]} (all: ${got.slice(0, 40).join(', ')}; wanted: ${wanted.slice(0, 40).join(', ')})`);
  }
}
