import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, TensorProto_DataType as Type, TypeProtoSchema, ValueInfoProtoSchema, type NodeProto, type TensorProto, type ValueInfoProto } from '../../src/engine/graph/onnx_pb';

/** A backend test: the model, and what lies in its files of data. */
export interface TestFiles {
  readonly model: Uint8Array;
  readonly inputs: readonly TensorProto[];
  readonly outputs: readonly TensorProto[];
}

/** The data of a sequence's tensors in `SequenceProto` and of its sequence in `OptionalProto` (onnx-data.proto). */
const [SEQUENCE_TENSORS, OPTIONAL_SEQUENCE] = [3, 5];

/**
 * The test with tensors in place of sequences: an input that is a sequence is constructed from its elements, of an output
 * that is one the length and each element are returned.
 */
export function withTensors(model: Uint8Array, inputFiles: readonly Uint8Array[], outputFiles: readonly Uint8Array[]): TestFiles {
  const proto = fromBinary(ModelProtoSchema, model);
  const { graph } = proto;
  const asTensors = (files: readonly Uint8Array[]): TensorProto[] => files.map((bytes) => fromBinary(TensorProtoSchema, bytes));
  if (!graph || ![...graph.input, ...graph.output].some(isSequence)) return { model, inputs: asTensors(inputFiles), outputs: asTensors(outputFiles) };
  const before: NodeProto[] = [];
  const inputs = graph.input.map((port, index) => {
    if (!isSequence(port)) return { ports: [port], tensors: asTensors(inputFiles.slice(index, index + 1)) };
    const tensors = elementsOf(inputFiles[index]);
    const names = tensors.map((_, at) => `${port.name}/${at}`);
    before.push(node(tensors.length === 0 ? 'SequenceEmpty' : 'SequenceConstruct', names, port.name));
    return { ports: tensors.map((tensor, at) => portOf(names[at], tensor)), tensors };
  });
  const after: NodeProto[] = [];
  const outputs = graph.output.map((port, index) => {
    if (!isSequence(port)) return { ports: [port], tensors: asTensors(outputFiles.slice(index, index + 1)) };
    const tensors = elementsOf(outputFiles[index]);
    const length = scalar(`${port.name}/length`, tensors.length);
    after.push(node('SequenceLength', [port.name], length.name));
    const elements = tensors.map((tensor, at) => {
      const place = scalar(`${port.name}/at ${at}`, at);
      graph.initializer.push(place);
      after.push(node('SequenceAt', [port.name, place.name], `${port.name}/${at}`));
      return portOf(`${port.name}/${at}`, tensor);
    });
    return { ports: [...elements, portOf(length.name, length)], tensors: [...tensors, length] };
  });
  graph.input = inputs.flatMap(({ ports }) => ports);
  graph.output = outputs.flatMap(({ ports }) => ports);
  graph.node = [...before, ...graph.node, ...after];
  return { model: toBinary(ModelProtoSchema, proto), inputs: inputs.flatMap(({ tensors }) => tensors), outputs: outputs.flatMap(({ tensors }) => tensors) };
}

const scalar = (name: string, value: number): TensorProto => create(TensorProtoSchema, { name, dataType: Type.INT64, int64Data: [BigInt(value)] });
const node = (opType: string, input: string[], output: string): NodeProto => create(NodeProtoSchema, { opType, name: output, input, output: [output] });

function portOf(name: string, { dataType, dims }: TensorProto): ValueInfoProto {
  const dim = dims.map((value) => ({ value: { case: 'dimValue' as const, value } }));
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: dataType, shape: { dim } } } }) });
}

function isSequence({ type }: ValueInfoProto): boolean {
  const declared = type?.value.case === 'optionalType' ? type.value.value.elemType : type;
  return declared?.value.case === 'sequenceType' && declared.value.value.elemType?.value.case === 'tensorType';
}

function elementsOf(bytes: Uint8Array): TensorProto[] {
  const [sequence = bytes] = messagesIn(bytes, OPTIONAL_SEQUENCE);
  return messagesIn(sequence, SEQUENCE_TENSORS).map((tensor) => fromBinary(TensorProtoSchema, tensor));
}

/** The contents of a field that holds messages. */
function messagesIn(bytes: Uint8Array, field: number): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  return found;
}
