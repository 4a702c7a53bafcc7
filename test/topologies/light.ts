import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType, ModelProtoSchema, TensorProtoSchema, TensorProto_DataType as Type, type GraphProto, type NodeProto } from '../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../src/engine/models/onnx/onnxModel';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { float32, sizeOf } from '../../src/engine/tensor';
import { exampleOf, outputOf } from './compare';
import { values, type Net } from './nets';

/** Larger weights stay equal numbers, so that the files stay small. */
const MAX_WEIGHTS = 5_000_000;
const EXAMPLES = 2;

/** The light_*.onnx files below a folder: the ONNX project's zoo of classic nets, whose weights are all one number. */
export const lightFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^light_.*\.onnx$/.test(path.basename(file)))
    .map((file) => path.join(folder, file))
    .sort();

/** A light model with random weights, and the class of each example that it finds likeliest. */
export async function lightNet(file: string, runtime: Runtime): Promise<Net> {
  const name = path.basename(file, '.onnx');
  const model = await loadOnnxModel(withRandomWeights(readFileSync(file)), { name });
  const shape = [EXAMPLES, ...model.inputs[0].shape.slice(1)];
  const inputs = float32(values(`${name} input`, sizeOf(shape)), shape);
  const output = await outputOf(model, inputs, runtime);
  const target = Array.from({ length: EXAMPLES }, (_, example) => {
    const row = exampleOf(output, example).data;
    return [row.indexOf(Math.max(...row)), ...output.shape.slice(2).map(() => 0)];
  });
  return { name, model, inputs, target };
}

/** Puts random weights in the place of each ConstantOfShape, and ends at the logits: random nets are so sure that a Softmax rounds gradients away. */
function withRandomWeights(bytes: Uint8Array): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, bytes);
  const { graph } = proto;
  if (!graph) throw new Error('The file has no graph');
  const source = new Map(graph.node.flatMap(({ opType, input, output }) => (opType === 'Unsqueeze' ? [[output[0], input[0]] as const] : [])));
  const factors = graph.node.flatMap(({ opType, input }) => (opType === 'BatchNormalization' ? [input[1], input[4]] : opType === 'Mul' ? input.map((name) => source.get(name) ?? name) : []));
  const positive = new Set(factors);
  graph.node = graph.node.filter((node) => node.opType !== 'ConstantOfShape' || !replaced(node, graph, positive));
  const softmax = graph.node.find(({ opType, output }) => opType === 'Softmax' && output[0] === graph.output[0].name);
  if (softmax) graph.output[0].name = softmax.input[0];
  return toBinary(ModelProtoSchema, proto);
}

function replaced(node: NodeProto, graph: GraphProto, positive: ReadonlySet<string>): boolean {
  const [name] = node.output;
  const shape = shapeIn(graph, node.input[0]);
  const fanIn = sizeOf(shape.slice(1));
  if (sizeOf(shape) > MAX_WEIGHTS) {
    const value = create(TensorProtoSchema, { dims: [1n], dataType: Type.FLOAT, floatData: [1 / fanIn] });
    node.attribute = [create(AttributeProtoSchema, { name: 'value', type: AttributeProto_AttributeType.TENSOR, t: value })];
    return false;
  }
  const numbers = shape.length > 1 ? values(name, sizeOf(shape), 0, Math.sqrt(6 / fanIn)) : values(name, sizeOf(shape), positive.has(name) ? 1 : 0, 0.25);
  graph.initializer.push(create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: Type.FLOAT, rawData: new Uint8Array(numbers.buffer) }));
  return true;
}

function shapeIn(graph: GraphProto, name: string): number[] {
  const tensor = graph.initializer.find((initializer) => initializer.name === name);
  if (!tensor) throw new Error(`There is no shape '${name}'`);
  const { rawData } = tensor;
  const dims = rawData.length > 0 ? [...new BigInt64Array(new Uint8Array(rawData).buffer)] : tensor.int64Data;
  return dims.map(Number);
}
