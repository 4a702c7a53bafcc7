import { LensError } from '../../../protocol/errors';
import type { Attribute } from '../../graph/graph';
import { AttributeProto_AttributeType as Type, type AttributeProto } from '../../graph/onnx_pb';
import { readSparse } from './sparseTensor';
import type { TensorReader } from './tensors';

const decoder = new TextDecoder();

/** The value of an attribute that is not a graph. Throws `invalid-model` for kinds that no supported operator has. */
export function attributeValue(proto: AttributeProto, subject: string, tensors: TensorReader): Attribute {
  const where = `${subject}: attribute '${proto.name}'`;
  switch (attributeType(proto)) {
    case Type.FLOAT:
      return proto.f;
    case Type.INT:
      return integer(proto.i);
    case Type.STRING:
      return decoder.decode(proto.s);
    case Type.TENSOR:
      if (!proto.t) throw new LensError('invalid-model', `${where} has no tensor`);
      return tensors.read(proto.t, where);
    case Type.SPARSE_TENSOR:
      if (!proto.sparseTensor) throw new LensError('invalid-model', `${where} has no tensor`);
      return readSparse(proto.sparseTensor, where, tensors);
    case Type.FLOATS:
      return proto.floats;
    case Type.INTS:
      return proto.ints.map(integer);
    case Type.STRINGS:
      return proto.strings.map((bytes) => decoder.decode(bytes));
    default:
      throw new LensError('invalid-model', `${where} is of the kind ${Type[proto.type] ?? proto.type}, which is not supported`);
  }
}

/** The attribute's kind; files from before the field was required leave it out. */
export function attributeType(proto: AttributeProto): Type {
  if (proto.type !== Type.UNDEFINED) return proto.type;
  if (proto.g) return Type.GRAPH;
  if (proto.t) return Type.TENSOR;
  if (proto.ints.length > 0) return Type.INTS;
  if (proto.floats.length > 0) return Type.FLOATS;
  if (proto.strings.length > 0) return Type.STRINGS;
  if (proto.s.length > 0) return Type.STRING;
  return proto.f !== 0 ? Type.FLOAT : Type.INT;
}

/** ONNX writes "to the end" as the largest int64, which becomes the largest exact number here. */
function integer(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}
