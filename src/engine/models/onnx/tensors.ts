import { LensError } from '../../../protocol/errors';
import { TensorProto_DataLocation, TensorProto_DataType as Onnx, type TensorProto } from '../../graph/onnx_pb';
import { engineType, onnxTypeName } from '../../graph/onnxTypes';
import { generate } from '../../operators/strided';
import { formatShape, sizeOf, tensor, type DataType, type Shape, type Tensor, type TensorData } from '../../tensor';
import type { ExternalData } from './externalData';
import { bfloat16ToFloat32, float16ToFloat32 } from './halfFloat';
import { MAX_ELEMENTS, MAX_RANK, MAX_WEIGHT_BYTES } from './limits';
import { markPacked, packedBytes, packedType, unpack } from './packedIntegers';
import { markSmall, readSmallFloats, smallFloat } from './smallFloats';

/** Bytes of one element in `raw_data`, and of one element as the engine holds it. */
const RAW_BYTES: ReadonlyMap<number, number> = new Map<number, number>([
  [Onnx.FLOAT, 4],
  [Onnx.DOUBLE, 8],
  [Onnx.FLOAT16, 2],
  [Onnx.BFLOAT16, 2],
  [Onnx.INT64, 8],
  [Onnx.UINT64, 8],
  [Onnx.INT32, 4],
  [Onnx.UINT32, 4],
  [Onnx.INT16, 2],
  [Onnx.UINT16, 2],
  [Onnx.INT8, 1],
  [Onnx.UINT8, 1],
  [Onnx.BOOL, 1],
]);
const ENGINE_BYTES: Readonly<Record<DataType, number>> = { float32: 4, int64: 8, int32: 4, uint8: 1, int8: 1, bool: 1, string: 16 };

/** Turns ONNX tensors into the engine's, and counts what was cast and how much memory they take. */
export class TensorReader {
  private readonly casts = new Map<number, number>();
  private bytes = 0;

  constructor(private readonly external: ExternalData) {}

  /** One sentence for each element type that had to be cast. */
  get notes(): string[] {
    return [...this.casts].map(([type, count]) => `${count} ${count === 1 ? 'tensor' : 'tensors'} in ${onnxTypeName(type).toLowerCase()} ${count === 1 ? 'was' : 'were'} cast to ${engineType(type) ?? 'float32'}.`);
  }

  /** Throws `invalid-model` when the declared shape and the data do not fit, or the type cannot be represented. */
  read(proto: TensorProto, subject: string): Tensor {
    const packed = packedType(proto.dataType);
    const small = smallFloat(proto.dataType);
    const dtype = packed?.dtype ?? (small ? 'float32' : engineType(proto.dataType));
    if (!dtype) throw new LensError('invalid-model', `${subject}: element type ${onnxTypeName(proto.dataType)} is not supported`);
    if (proto.segment) throw new LensError('invalid-model', `${subject}: tensors in segments are not supported`);
    const shape = shapeOf(proto.dims, subject);
    this.count(dtype, shape, subject);
    if (packed) return markPacked(tensor<DataType>(dtype, unpack(packed, this.narrow(proto, packedBytes(packed, sizeOf(shape)), shape, subject), sizeOf(shape)), shape), packed);
    const data = small ? readSmallFloats(small, this.narrow(proto, Math.ceil((sizeOf(shape) * small.bits) / 8), shape, subject), sizeOf(shape)) : this.data(proto, dtype, shape, subject);
    if (onnxTypeName(proto.dataType) !== onnxNameOf(dtype)) this.casts.set(proto.dataType, (this.casts.get(proto.dataType) ?? 0) + 1);
    const value = tensor<DataType>(dtype, data, shape);
    return small ? markSmall(value) : value;
  }

  /** Zeros, or empty strings, of a declared shape. Throws `invalid-model` for one that cannot be held. */
  zeros(dtype: DataType, dims: readonly bigint[], subject: string): Tensor {
    const shape = shapeOf(dims, subject);
    this.count(dtype, shape, subject);
    return generate({ dtype, shape }, () => (dtype === 'string' ? '' : 0));
  }

  private count(dtype: DataType, shape: Shape, subject: string): void {
    this.bytes += sizeOf(shape) * ENGINE_BYTES[dtype];
    if (this.bytes > MAX_WEIGHT_BYTES) throw new LensError('invalid-model', `${subject}: the model's weights take more than ${MAX_WEIGHT_BYTES} bytes`);
  }

  /** The bytes of numbers of a byte or less. */
  private narrow(proto: TensorProto, needed: number, shape: Shape, subject: string): ArrayLike<number> {
    const bytes = proto.dataLocation === TensorProto_DataLocation.EXTERNAL ? this.external.read(proto, needed) : proto.rawData.length > 0 ? proto.rawData : proto.int32Data;
    if (bytes.length !== needed) throw new LensError('invalid-model', `${subject}: shape ${formatShape(shape)} of ${onnxTypeName(proto.dataType)} needs ${needed} bytes, got ${bytes.length}`);
    return bytes;
  }

  private data(proto: TensorProto, dtype: DataType, shape: Shape, subject: string): TensorData[DataType] {
    const count = sizeOf(shape);
    const width = RAW_BYTES.get(proto.dataType);
    if (width === undefined) {
      requireCount(proto.stringData.length, count, shape, subject);
      const decoder = new TextDecoder();
      return proto.stringData.map((bytes) => decoder.decode(bytes));
    }
    const isExternal = proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
    const typed = isExternal || proto.rawData.length > 0 ? [] : typedField(proto);
    if (typed.length > 0 || (count === 0 && !isExternal)) {
      requireCount(typed.length, count, shape, subject);
      return fromNumbers(proto.dataType, dtype, typed);
    }
    const raw = isExternal ? this.external.read(proto, count * width) : new Uint8Array(proto.rawData);
    if (raw.byteLength !== count * width) {
      throw new LensError('invalid-model', `${subject}: shape ${formatShape(shape)} of ${onnxTypeName(proto.dataType)} needs ${count * width} bytes, got ${raw.byteLength}`);
    }
    return fromRaw(proto.dataType, dtype, raw.buffer);
  }
}

function shapeOf(dims: readonly bigint[], subject: string): number[] {
  const shape = dims.map(Number);
  if (shape.length > MAX_RANK) throw new LensError('invalid-model', `${subject}: at most ${MAX_RANK} axes are supported, got ${shape.length}`);
  if (shape.some((dim) => dim < 0 || dim > MAX_ELEMENTS) || sizeOf(shape) > MAX_ELEMENTS) {
    throw new LensError('invalid-model', `${subject}: its shape must have at most ${MAX_ELEMENTS} elements and no negative axis, got ${formatShape(shape)}`);
  }
  return shape;
}

function requireCount(actual: number, count: number, shape: Shape, subject: string): void {
  if (actual !== count) throw new LensError('invalid-model', `${subject}: shape ${formatShape(shape)} needs ${count} elements, got ${actual}`);
}

const onnxNameOf = (dtype: DataType): string => (dtype === 'float32' ? 'FLOAT' : dtype.toUpperCase());

/** The field that holds the elements of this type when there is no `raw_data`. */
function typedField(proto: TensorProto): readonly (number | bigint)[] {
  switch (proto.dataType) {
    case Onnx.FLOAT:
      return proto.floatData;
    case Onnx.DOUBLE:
      return proto.doubleData;
    case Onnx.INT64:
      return proto.int64Data;
    case Onnx.UINT32:
    case Onnx.UINT64:
      return proto.uint64Data;
    default:
      return proto.int32Data;
  }
}

function fromNumbers(onnxType: number, dtype: DataType, values: readonly (number | bigint)[]): TensorData[DataType] {
  if (onnxType === Onnx.FLOAT16) return float16ToFloat32(values.map(Number));
  if (onnxType === Onnx.BFLOAT16) return bfloat16ToFloat32(values.map(Number));
  return convert(dtype, values);
}

function fromRaw(onnxType: number, dtype: DataType, buffer: ArrayBufferLike): TensorData[DataType] {
  switch (onnxType) {
    case Onnx.FLOAT:
      return new Float32Array(buffer);
    case Onnx.FLOAT16:
      return float16ToFloat32(new Uint16Array(buffer));
    case Onnx.BFLOAT16:
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case Onnx.DOUBLE:
      return Float32Array.from(new Float64Array(buffer));
    case Onnx.INT64:
    case Onnx.UINT64:
      return new BigInt64Array(buffer);
    case Onnx.UINT32:
      return convert(dtype, new Uint32Array(buffer));
    case Onnx.INT32:
      return new Int32Array(buffer);
    case Onnx.INT16:
      return Int32Array.from(new Int16Array(buffer));
    case Onnx.UINT16:
      return Int32Array.from(new Uint16Array(buffer));
    case Onnx.INT8:
      return new Int8Array(buffer);
    case Onnx.BOOL:
      return new Uint8Array(buffer).map((value) => (value === 0 ? 0 : 1));
    default:
      return new Uint8Array(buffer);
  }
}

function convert(dtype: DataType, values: ArrayLike<number | bigint>): TensorData[DataType] {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values, Number);
    case 'int64':
      return BigInt64Array.from(Array.from(values, (value) => BigInt(value)));
    case 'int32':
      return Int32Array.from(values, Number);
    case 'int8':
      return Int8Array.from(values, Number);
    case 'bool':
      return Uint8Array.from(values, (value) => (value ? 1 : 0));
    default:
      return Uint8Array.from(values, Number);
  }
}
