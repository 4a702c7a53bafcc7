import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { differentiate } from '../../../src/engine/graph/differentiate';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import type { NodeProto, TensorProto } from '../../../src/engine/graph/onnx_pb';
import { float32, int64, sizeOf, tensor, type Tensor } from '../../../src/engine/tensor';
import { randomFrom, spacedNumbers } from '../operators/random';
import { assertAllClose, assertClose, checkGradients, onnxRuntime, type OperatorCase } from '../operators/support';
import { runOnOthers } from '../operators/otherExecutors';
import { onnx, port } from './onnxBuilder';

/** A model whose nodes are written out in other operators when it is read. */
export interface ModelCase extends Pick<OperatorCase, 'expectedGradient' | 'skipFiniteDifferences' | 'step' | 'tolerance'> {
  label: string;
  opset: number;
  nodes: NodeProto[];
  /** float32 inputs by name: shapes of random values, or the values. */
  inputs: Record<string, number[] | Tensor>;
  weights?: TensorProto[];
  /** Default: `y`. */
  outputs?: string[];
  /** ONNX's element types of outputs that are not float32. */
  outputTypes?: Record<string, number>;
  /** The version of the operators of `ai.onnx.ml`, where there are any. */
  tabularOpset?: number;
  /** Whether ONNX Runtime has the operator itself, in this version. Default: true. */
  isNative?: boolean;
  /** Whether gradients pass. Default: true. */
  hasGradient?: boolean;
  /** Between the original and what is written out. Default: 1e-5. */
  precision?: number;
}

/**
 * Registers a test for each case: the results of ONNX Runtime's own kernels for the model as it is, those of the graph
 * that it becomes on every executor, and the gradients of that against finite differences.
 */
export function verifyModels(cases: readonly ModelCase[]): void {
  for (const modelCase of cases) test(`opset ${modelCase.opset}: ${modelCase.label}`, () => check(modelCase));
}

/** Random numbers that are the same in each run. */
export const randomNumbers = (key: string, shape: readonly number[], [low, high]: readonly [number, number] = [-1, 1]): number[] => [...spacedNumbers(randomFrom(key), sizeOf(shape), low, high)];

async function check(modelCase: ModelCase): Promise<void> {
  const { label, opset, nodes, inputs, weights = [], outputs = ['y'], outputTypes = {}, tabularOpset, isNative = true, hasGradient = true, precision = 1e-5 } = modelCase;
  const feeds: Record<string, Tensor> = Object.fromEntries(
    Object.entries(inputs).map(([name, given]) => [name, Array.isArray(given) ? float32(randomNumbers(label + name, given), given) : given]),
  );
  const types = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, string: 8, bool: 9 };
  const bytes = onnx(
    opset,
    { node: nodes, initializer: weights, input: Object.entries(feeds).map(([name, { shape, dtype }]) => port(name, [...shape], types[dtype])), output: outputs.map((name) => port(name, undefined, outputTypes[name])) },
    { opsetImport: [{ version: BigInt(opset) }, { domain: 'com.microsoft', version: 1n }, ...(tabularOpset ? [{ domain: 'ai.onnx.ml', version: BigInt(tabularOpset) }] : [])] },
  );
  const graph = await (await loadOnnxModel(bytes)).graph(Object.values(feeds));
  const executable = await (await onnxRuntime()).compile(graph);
  const results = await executable.run(feeds);
  if (isNative) for (const [name, value] of Object.entries(await runNatively(bytes, feeds))) assertClose(results[name], value, precision, `as ONNX Runtime has it, ${name}`);
  for (const { executor, outputs: computed, precision: closeness } of await runOnOthers(graph, feeds)) assertAllClose(computed, results, executor, closeness);
  for (const name of outputs) {
    const output = graph.values.get(name);
    const wrt = graph.inputs.filter(({ dtype }) => dtype === 'float32').map((input) => input.name);
    if (output?.dtype === 'float32' && !hasGradient) assert.throws(() => differentiate(graph, { of: name, wrt }), { code: 'unsupported-operator' });
    else if (output?.dtype === 'float32') await checkGradients({ ...modelCase, name: label }, { graph, feeds, output, forward: executable, wrt });
  }
  await executable.dispose();
}

async function runNatively(bytes: Uint8Array, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const fed = Object.entries(feeds).map(([name, { dtype, data, shape }]) => [name, new ort.Tensor(dtype, data as Float32Array, [...shape])]);
  const results = await session.run(Object.fromEntries(fed));
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(value)]));
}

function fromOrt({ data, dims }: ort.Tensor): Tensor {
  if (data instanceof Float32Array) return float32(data, dims);
  if (data instanceof BigInt64Array) return int64(data, dims);
  if (data instanceof Uint8Array) return tensor('uint8', data, dims);
  if (data instanceof Int8Array) return tensor('int8', data, dims);
  if (data instanceof Int32Array) return tensor('int32', data, dims);
  throw new Error(`${typeof data} is not expected`);
}
