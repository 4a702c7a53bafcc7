import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { LensError } from '../../protocol/errors';
import type { Tensor } from '../tensor';
import type { Graph, GraphNode, ValueInfo } from './graph';
import { attributeProto } from './onnxAttributes';
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema, type NodeProto, type ValueInfoProto } from './onnx_pb';
import { rawBytes, tensorHeader } from './onnxTensor';
import { ONNX_TYPE } from './onnxTypes';

/** The operator set and format version that are written. */
const OPSET = 17;
const IR_VERSION = 8n;

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;

/** Protocol buffers cannot be larger than this; ONNX Runtime refuses more. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * The graph as the bytes of an ONNX file (opset 17, IR version 8), with the names of all nodes and values kept.
 * Weights are copied once. Throws `invalid-argument` beyond 2 GiB, the limit of the format.
 *
 * @param options.outputShapes whether the shapes of the outputs are written too. Default: true.
 */
export function toOnnx(graph: Graph, { outputShapes = true }: { outputShapes?: boolean } = {}): Uint8Array {
  const body = toBinary(
    GraphProtoSchema,
    create(GraphProtoSchema, {
      name: graph.name || 'graph',
      node: graph.nodes.map(nodeProto),
      input: graph.inputs.map(valueInfoProto),
      output: graph.outputs.map((name) => (outputShapes ? valueInfoProto : typeProto)(outputInfo(graph, name))),
    }),
  );
  const graphParts: Uint8Array[] = [body];
  for (const [name, tensor] of graph.constants) graphParts.push(...initializer(name, tensor));
  const model = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: IR_VERSION, producerName: 'attribution-lens', opsetImport: [{ domain: '', version: BigInt(OPSET) }] }),
  );
  const parts = [model, fieldHeader(MODEL_GRAPH, lengthOf(graphParts)), ...graphParts];
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
  const body = bytes ? [header, fieldHeader(TENSOR_RAW_DATA, bytes.byteLength), bytes] : [header];
  return [fieldHeader(GRAPH_INITIALIZER, lengthOf(body)), ...body];
}

const fieldHeader = (field: number, length: number): Uint8Array => new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((total, part) => total + part.byteLength, 0);
