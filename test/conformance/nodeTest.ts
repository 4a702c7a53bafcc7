import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType as Type, type TensorProto } from '../../src/engine/graph/onnx_pb';
import { ExternalData } from '../../src/engine/models/onnx/externalData';
import { loadOnnxModel } from '../../src/engine/models/onnx/onnxModel';
import { TensorReader } from '../../src/engine/models/onnx/tensors';
import type { Runtime } from '../../src/engine/runtime/runtime';
import type { Graph } from '../../src/engine/graph/graph';
import type { Tensor } from '../../src/engine/tensor';
import { LensError } from '../../src/protocol/errors';
import { withTensors } from './sequences';

/** What became of one backend node test of the ONNX project. */
export type Outcome = { readonly kind: 'passed' } | { readonly kind: 'failed' | 'skipped'; readonly reason: string };

/** The folders below `root` that hold a backend test: `model.onnx` beside `test_data_set_0`. */
export function findTests(root: string, depth = 4): string[] {
  if (existsSync(path.join(root, 'model.onnx'))) return existsSync(path.join(root, 'test_data_set_0')) ? [root] : [];
  if (depth === 0) return [];
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).sort().flatMap((name) => findTests(path.join(root, name), depth - 1));
}

/**
 * Reads a backend test's model, runs it on its inputs and compares with its outputs. Inputs that the engine needs before
 * it runs (shapes, axes, indices) become weights. A model that is refused by name is skipped.
 */
export async function runTest(folder: string, runtime: Runtime): Promise<Outcome> {
  let prepared: Prepared;
  try {
    prepared = await prepare(folder);
  } catch (error) {
    if (error instanceof LensError) return { kind: 'skipped', reason: error.message.replace(/^model\.onnx: /, '') };
    return { kind: 'failed', reason: String(error) };
  }
  try {
    const executable = await runtime.compile(prepared.graph);
    const results = await executable.run(prepared.feeds);
    await executable.dispose();
    const problems = prepared.graph.outputs.map((name, index) => difference(results[name], prepared.expected[index], name));
    const [problem] = problems.filter((found) => found !== undefined);
    return problem === undefined ? { kind: 'passed' } : { kind: 'failed', reason: problem };
  } catch (error) {
    const kind = error instanceof LensError && error.code === 'unsupported-operator' ? 'skipped' : 'failed';
    return { kind, reason: error instanceof Error ? error.message : String(error) };
  }
}

interface Expected {
  readonly tensor: Tensor;
  /** ONNX's element type, as the file has it. */
  readonly type: number;
}

interface Prepared {
  readonly graph: Graph;
  readonly feeds: Record<string, Tensor>;
  readonly expected: readonly Expected[];
}

async function prepare(folder: string): Promise<Prepared> {
  const reader = new TensorReader(new ExternalData(undefined));
  const { model: bytes, inputs, outputs } = withTensors(readFileSync(path.join(folder, 'model.onnx')), filesOf(folder, 'input'), filesOf(folder, 'output'));
  await loadOnnxModel(bytes, { name: 'model.onnx' }); // refuses by name what it cannot read, before the data are
  const declared = fromBinary(ModelProtoSchema, bytes).graph?.output ?? [];
  const expected = outputs.map((proto, index) => {
    const type = declared[index]?.type?.value;
    const isBits = proto.dataType === Type.UINT16 && type?.case === 'tensorType' && type.value.elemType === Type.BFLOAT16; // so releases up to 1.12 wrote it
    if (isBits) proto.dataType = Type.BFLOAT16;
    return { tensor: reader.read(proto, 'output'), type: proto.dataType };
  });
  let refusal: unknown;
  for (const isWeight of choices) {
    const model = await loadOnnxModel(withWeights(bytes, inputs, isWeight), { name: 'model.onnx' });
    const fed = inputs.filter((proto, index) => !isWeight(proto, index)).map((proto) => reader.read(proto, 'input'));
    try {
      const graph = await model.graph(fed);
      if (graph.outputs.length < expected.length) throw new LensError('unsupported-operator', `Model '${model.name}': ${expected.length - graph.outputs.length} of its outputs are left out, which must not depend on the values of the model's inputs`);
      return { graph, feeds: Object.fromEntries(graph.inputs.map(({ name }, index) => [name, fed[index]])), expected };
    } catch (error) {
      refusal = error;
      if (!(error instanceof LensError) || !error.message.includes('must not depend on')) throw error;
    }
  }
  throw refusal;
}

/** Which inputs become weights, tried in order. */
const choices: readonly ((proto: TensorProto, index: number) => boolean)[] = [
  () => false,
  (proto) => ![Type.FLOAT, Type.DOUBLE, Type.FLOAT16, Type.BFLOAT16].includes(proto.dataType),
  (_proto, index) => index > 0,
  () => true,
];

function filesOf(folder: string, kind: 'input' | 'output'): Uint8Array[] {
  const data = path.join(folder, 'test_data_set_0');
  const files = readdirSync(data).filter((name) => name.startsWith(`${kind}_`));
  files.sort((a, b) => Number.parseInt(a.slice(kind.length + 1), 10) - Number.parseInt(b.slice(kind.length + 1), 10));
  return files.map((name) => readFileSync(path.join(data, name)));
}

function withWeights(bytes: Uint8Array, inputs: readonly TensorProto[], isWeight: (proto: TensorProto, index: number) => boolean): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const { graph } = model;
  if (!graph || !inputs.some(isWeight)) return bytes;
  for (const [index, proto] of inputs.entries()) {
    if (!isWeight(proto, index)) continue;
    proto.name = graph.input[index].name;
    graph.initializer.push(proto);
  }
  graph.input = graph.input.filter((_, index) => index >= inputs.length || !isWeight(inputs[index], index));
  return toBinary(ModelProtoSchema, model);
}

/** Relative tolerance: that of ONNX's own runner, and two units in the last place of the narrow types, whose every step is rounded in the data and computed in float32 by the engine. */
const TOLERANCES: ReadonlyMap<number, number> = new Map([
  [Type.FLOAT16, 2e-3],
  [Type.BFLOAT16, 1.6e-2],
]);

function difference(actual: Tensor, expected: Expected | undefined, name: string): string | undefined {
  if (!expected) return undefined;
  const { tensor, type } = expected;
  if (actual.dtype !== tensor.dtype) return `${name} must be ${tensor.dtype}, got ${actual.dtype}`;
  if (JSON.stringify(actual.shape) !== JSON.stringify(tensor.shape)) return `${name} must have shape ${JSON.stringify(tensor.shape)}, got ${JSON.stringify(actual.shape)}`;
  const relative = TOLERANCES.get(type) ?? 1e-3;
  for (const [index, wanted] of tensor.data.entries()) {
    const got = actual.data[index];
    if (got === wanted || Object.is(got, wanted)) continue;
    if (typeof got !== 'number' || typeof wanted !== 'number' || !(Math.abs(got - wanted) <= 1e-5 + relative * Math.abs(wanted))) {
      return `${name}[${index}] must be ${String(wanted)}, got ${String(got)}`;
    }
  }
  return undefined;
}
