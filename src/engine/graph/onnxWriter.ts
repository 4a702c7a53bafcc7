import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { LensError } from '../../protocol/errors';
import type { Tensor } from '../tensor';
import type { Graph, GraphNode, ValueInfo } from './graph';
import { attributeProto } from './onnxAttributes';
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, StringStringEntryProtoSchema, TensorProtoSchema, TensorProto_DataLocation, ValueInfoProtoSchema, type NodeProto, type TensorProto, type ValueInfoProto } from './onnx_pb';
import { rawBytes, tensorHeader } from './onnxTensor';
import { ONNX_TYPE } from './onnxTypes';
import { inOpset18, needsOpset18 } from './opset18';

/** The format version that is written. */
const IR_VERSION = 8n;

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;

/** Protocol buffers cannot be larger than this; ONNX Runtime refuses more. */
const MAX_BYTES = 2 ** 31 - 1;

/** Weights smaller than this stay in the file: there are many of them, and they may lie in memory that moves. */
const MIN_OUTSIDE_BYTES = 4096;

export interface OnnxOptions {
  /** Whether the shapes of the outputs are written too. Default: true. */
  readonly outputShapes?: boolean;
}

/** External data of an ONNX file: the bytes of a weight, not copied, and the path that the file gives them. */
export interface OutsideWeight {
  readonly path: string;
  readonly data: Uint8Array;
}

/**
 * The graph as the bytes of an ONNX file (opset 17, or 18 where an operator needs it; IR version 8), with the names of all nodes and values kept.
 * Weights are copied once. Throws `invalid-argument` beyond 2 GiB, the limit of the format.
 */
export function toOnnx(given: Graph, { outputShapes = true }: OnnxOptions = {}): Uint8Array {
  const graph = needsOpset18(given) ? inOpset18(given) : given;
  return written(graph, outputShapes, [...graph.constants].flatMap(([name, tensor]) => initializer(name, tensor)));
}

/** As {@link toOnnx}, with all but the small weights outside of the file, where they are. */
export function toOnnxAndWeights(given: Graph, { outputShapes = true }: OnnxOptions = {}): { model: Uint8Array; weights: readonly OutsideWeight[] } {
  const graph = needsOpset18(given) ? inOpset18(given) : given;
  const weights: OutsideWeight[] = [];
  const initializers = [...graph.constants].flatMap(([name, tensor]) => {
    const data = rawBytes(tensor);
    if (!data || data.byteLength < MIN_OUTSIDE_BYTES) return initializer(name, tensor);
    const path = String(weights.push({ path: String(weights.length), data }) - 1);
    return field(GRAPH_INITIALIZER, [toBinary(TensorProtoSchema, outsideTensor(name, tensor, { path, data }))]);
  });
  return { model: written(graph, outputShapes, initializers), weights };
}

function written(graph: Graph, outputShapes: boolean, initializers: readonly Uint8Array[]): Uint8Array {
  const body = toBinary(
    GraphProtoSchema,
    create(GraphProtoSchema, {
      name: graph.name || 'graph',
      node: graph.nodes.map(nodeProto),
      input: graph.inputs.map(valueInfoProto),
      output: graph.outputs.map((name) => (outputShapes ? valueInfoProto : typeProto)(outputInfo(graph, name))),
    }),
  );
  const model = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: IR_VERSION, producerName: 'attribution-lens', opsetImport: [{ domain: '', version: needsOpset18(graph) ? 18n : 17n }] }),
  );
  const parts = [model, ...field(MODEL_GRAPH, [body, ...initializers])];
  const total = lengthOf(parts);
  if (total > MAX_BYTES) throw new LensError('invalid-argument', `Graph '${graph.name}': an ONNX file holds at most ${MAX_BYTES} bytes, this one needs ${total}`);
  return Buffer.concat(parts, total);
}

function nodeProto(node: GraphNode): NodeProto {
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

function valueInfoProto({ name, dtype, shape }: ValueInfo): ValueInfoProto {
  const dim = shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType: ONNX_TYPE[dtype], shape: { dim } } } } });
}

function typeProto({ name, dtype }: ValueInfo): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType: ONNX_TYPE[dtype] } } } });
}

function outputInfo(graph: Graph, name: string): ValueInfo {
  const info = graph.values.get(name);
  if (!info) throw new LensError('invalid-model', `Graph '${graph.name}': the output '${name}' is not a value of the graph`);
  return info;
}

/** One initializer as it stands in the graph's bytes; written by hand so that the weights are not copied at every nesting level. */
function initializer(name: string, tensor: Tensor): Uint8Array[] {
  const header = toBinary(TensorProtoSchema, tensorHeader(name, tensor));
  const bytes = rawBytes(tensor);
  return field(GRAPH_INITIALIZER, bytes ? [header, ...field(TENSOR_RAW_DATA, [bytes])] : [header]);
}

function outsideTensor(name: string, tensor: Tensor, { path, data }: OutsideWeight): TensorProto {
  const proto = tensorHeader(name, tensor);
  proto.dataLocation = TensorProto_DataLocation.EXTERNAL;
  const entries = { location: path, offset: '0', length: String(data.byteLength) };
  proto.externalData = Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
  return proto;
}

const field = (number: number, content: readonly Uint8Array[]): Uint8Array[] => [new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(lengthOf(content)).finish(), ...content];
const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((total, part) => total + part.byteLength, 0);
