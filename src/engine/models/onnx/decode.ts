import { ScalarType, fromBinary, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { LensError } from '../../../protocol/errors';
import { ModelProtoSchema, type ModelProto } from '../../graph/onnx_pb';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH } from './limits';

/** Rough sizes, in bytes, of what a decoded field takes in memory. */
const MESSAGE_COST = 500;
const NUMBER_COST = 8;
const BIGINT_COST = 32;
const BYTES_COST = 200;

/**
 * Decodes the bytes of an ONNX file. The structure is walked before anything is allocated: every declared length must
 * lie within its message, and the memory and depth of the result are bounded. Throws `invalid-model`.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  try {
    measure(bytes);
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false, recursionLimit: MAX_MESSAGE_DEPTH + 1 });
  } catch (error) {
    if (error instanceof LensError) throw error;
    throw new LensError('invalid-model', `This is not a readable ONNX file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Frame {
  readonly message: DescMessage;
  readonly end: number;
}

/** Walks the wire format without decoding it, and throws where the declared structure is impossible or too large. */
function measure(bytes: Uint8Array): void {
  const reader = new BinaryReader(bytes);
  const stack: Frame[] = [{ message: ModelProtoSchema, end: bytes.byteLength }];
  let cost = 0;
  const spend = (amount: number): void => {
    cost += amount;
    if (cost > MAX_MESSAGE_BYTES) throw new LensError('invalid-model', `The model's structure would take more than ${MAX_MESSAGE_BYTES} bytes of memory`);
  };
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    if (reader.pos >= frame.end) {
      stack.pop();
      continue;
    }
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const field = fieldsOf(frame.message).get(number);
    if (wireType !== WireType.LengthDelimited) {
      if (wireType === WireType.StartGroup || wireType === WireType.EndGroup) throw damaged(frame, start, 'a group, which ONNX does not have');
      reader.skip(wireType, number);
      if (reader.pos > frame.end) throw damaged(frame, start, 'a field that ends beyond its message');
      if (field?.fieldKind === 'list') spend(scalarCost(field));
      continue;
    }
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > frame.end) throw damaged(frame, start, `a field of ${length} bytes where ${frame.end - reader.pos} are left`);
    const child = field?.message;
    if (child) {
      if (stack.length >= MAX_MESSAGE_DEPTH) throw damaged(frame, start, `more than ${MAX_MESSAGE_DEPTH} messages within each other`);
      spend(MESSAGE_COST);
      stack.push({ message: child, end });
      continue;
    }
    if (field) spend(isPacked(field) ? scalarCost(field) * packedCount(field, bytes, reader.pos, end) : BYTES_COST + (isText(field) ? length : 0));
    reader.pos = end;
  }
}

const fieldTables = new WeakMap<DescMessage, Map<number, DescField>>();

function fieldsOf(message: DescMessage): Map<number, DescField> {
  const known = fieldTables.get(message) ?? new Map(message.fields.map((field) => [field.number, field]));
  fieldTables.set(message, known);
  return known;
}

const isText = (field: DescField): boolean => field.scalar === ScalarType.STRING;
const isPacked = (field: DescField): boolean => field.fieldKind === 'list' && !isText(field) && field.scalar !== ScalarType.BYTES;
const isBigint = (field: DescField): boolean => field.scalar === ScalarType.INT64 || field.scalar === ScalarType.UINT64;
const scalarCost = (field: DescField): number => (isBigint(field) ? BIGINT_COST : NUMBER_COST);

/** The number of elements of a packed field. */
function packedCount(field: DescField, bytes: Uint8Array, start: number, end: number): number {
  if (field.scalar === ScalarType.FLOAT) return Math.ceil((end - start) / 4);
  if (field.scalar === ScalarType.DOUBLE) return Math.ceil((end - start) / 8);
  let count = 0;
  for (let index = start; index < end; index++) if (bytes[index] < 0x80) count++;
  return count;
}

const damaged = ({ message }: Frame, position: number, what: string): LensError =>
  new LensError('invalid-model', `This is not a readable ONNX file: ${message.name} has ${what} (at byte ${position})`, 'The file may be damaged or cut short.');
