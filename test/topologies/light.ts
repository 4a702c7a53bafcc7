import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProtoSchema, TensorProto_DataType as Type, type GraphProto, type NodeProto, type TensorProto } from '../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../src/engine/models/onnx/onnxModel';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensor';
import { exampleOf, outputOf } from './compare';
import { values, type Net, type TorchNet } from './nets';
import { normalise } from './normalise';
import { torchReference } from './torch';

/** The first of those that the weights are normalised by. */
const EXAMPLES = 2;
const NORMALISED_BY = 8;

/** The light_*.onnx files below a folder: the ONNX project's zoo of classic nets, whose weights are all one number. */
export const lightFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^light_.*\.onnx$/.test(path.basename(file)))
    .map((file) => path.join(folder, file))
    .sort();

/** A light model with random weights, and what torch computes for it, given a Python that has torch and onnx. */
export async function lightNet(file: string, runtime: Runtime, python?: string): Promise<Net | TorchNet> {
  const name = path.basename(file, '.onnx');
  const proto = fromBinary(ModelProtoSchema, readFileSync(file));
  const { graph } = proto;
  if (!graph) throw new Error('The file has no graph');
  setRandomWeights(graph);
  endAtLogits(graph);
  const example = (await loadOnnxModel(toBinary(ModelProtoSchema, proto))).inputs[0].shape.slice(1);
  const inputsOf = (examples: number): Tensor<'float32'> => float32(values(`${name} input`, examples * sizeOf(example)), [examples, ...example]);
  await normalise(proto, inputsOf(NORMALISED_BY), runtime);
  const bytes = toBinary(ModelProtoSchema, proto);
  const model = await loadOnnxModel(bytes, { name });
  const inputs = inputsOf(EXAMPLES);
  const output = await outputOf(model, inputs, runtime);
  const target = (likeliest: readonly number[]): number[][] => likeliest.map((index) => [index, ...output.shape.slice(2).map(() => 0)]);
  if (python === undefined) return { name, model, inputs, target: target(Array.from({ length: EXAMPLES }, (_, index) => largest(exampleOf(output, index).data))) };
  const reference = await torchReference(python, name, bytes);
  return { name, model, inputs, target: target(reference.target), reference };
}

const largest = (row: Float32Array): number => row.indexOf(Math.max(...row));

/** Random nets are so sure that a Softmax rounds gradients away. */
function endAtLogits(graph: GraphProto): void {
  const [output] = graph.output;
  const softmax = graph.node.find(({ opType, output: [name] }) => opType === 'Softmax' && name === output.name);
  if (!softmax) return;
  [output.name] = softmax.input;
  graph.node = graph.node.filter((node) => node !== softmax);
}

/**
 * Puts random weights in the place of each ConstantOfShape and each initializer. Layers are shifted by about one standard
 * deviation, so that a ReLU is off at one place of six: more of them would turn on and off with every rounding.
 */
function setRandomWeights(graph: GraphProto): void {
  const around = ones(graph);
  const weightOf = (name: string, dims: readonly number[]): TensorProto => {
    const numbers = dims.length > 1 ? values(name, sizeOf(dims), 0, Math.sqrt(3 / sizeOf(dims.slice(1)))) : values(name, sizeOf(dims), around.has(name) ? 1 : 0, 0.25);
    return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: Type.FLOAT, rawData: new Uint8Array(numbers.buffer) });
  };
  const isConstant = ({ opType }: NodeProto): boolean => opType === 'ConstantOfShape';
  const constants = graph.node.filter(isConstant).map(({ input: [shape], output: [name] }) => weightOf(name, shapeIn(graph, shape)));
  const initializers = graph.initializer.map((initializer) => (initializer.dataType === Type.FLOAT ? weightOf(initializer.name, initializer.dims.map(Number)) : initializer));
  graph.initializer = [...initializers, ...constants];
  graph.node = graph.node.filter((node) => !isConstant(node));
}

/** The weights around 1: factors of channels, and what is added to a normalised layer last. */
function ones({ node }: GraphProto): ReadonlySet<string> {
  const source = new Map(node.flatMap(({ opType, input, output }) => (opType === 'Unsqueeze' ? [[output[0], input[0]] as const] : [])));
  const scaled = new Set(node.flatMap(({ opType, input }) => (opType === 'Mul' ? input : [])));
  const names = node.flatMap(({ opType, input, output }) => {
    if (opType === 'BatchNormalization') return scaled.has(output[0]) ? [input[1]] : [input[1], input[2]];
    return opType === 'Mul' || opType === 'Add' ? input.flatMap((name) => source.get(name) ?? []) : [];
  });
  return new Set(names);
}

function shapeIn(graph: GraphProto, name: string): number[] {
  const tensor = graph.initializer.find((initializer) => initializer.name === name);
  if (!tensor) throw new Error(`There is no shape '${name}'`);
  const { rawData } = tensor;
  const dims = rawData.length > 0 ? [...new BigInt64Array(new Uint8Array(rawData).buffer)] : tensor.int64Data;
  return dims.map(Number);
}
