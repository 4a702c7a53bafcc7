import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, TensorProto_DataType as Type, ValueInfoProtoSchema, type NodeProto, type TensorProto, type ValueInfoProto } from '../../../src/engine/graph/onnx_pb';
import { attributeProto } from '../../../src/engine/graph/onnxAttributes';
import type { Attribute } from '../../../src/engine/graph/graph';

/** `'N'` is a free axis. */
type Dim = number | 'N';

/** A declared input or output; without a shape when none is given. */
export function port(name: string, shape: readonly Dim[] | undefined, elemType: number = Type.FLOAT): ValueInfoProto {
  const dim = shape?.map((size) => ({ value: typeof size === 'number' ? { case: 'dimValue' as const, value: BigInt(size) } : { case: 'dimParam' as const, value: size } }));
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType, shape: dim && { dim } } } } });
}

export function node(opType: string, input: string[], output: string[], attributes: Record<string, Attribute> = {}, more: MessageInitShape<typeof NodeProtoSchema> = {}): NodeProto {
  return create(NodeProtoSchema, { opType, input, output, name: output[0], attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)), ...more });
}

export const floats = (name: string, values: number[], dims: number[] = [values.length]): TensorProto =>
  create(TensorProtoSchema, { name, dataType: Type.FLOAT, dims: dims.map(BigInt), floatData: values });

export const ints = (name: string, values: number[], dims: number[] = [values.length]): TensorProto =>
  create(TensorProtoSchema, { name, dataType: Type.INT64, dims: dims.map(BigInt), int64Data: values.map(BigInt) });

/** The bytes of an ONNX file. */
export function onnx(opset: number, graph: MessageInitShape<typeof GraphProtoSchema>, more: MessageInitShape<typeof ModelProtoSchema> = {}): Uint8Array {
  const model = create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ version: BigInt(opset) }], ...more });
  model.graph = create(GraphProtoSchema, { name: 'test', ...graph });
  return toBinary(ModelProtoSchema, model);
}
