import type { DataType } from '../tensor';
import { TensorProto_DataType as Onnx } from './onnx_pb';

/** ONNX's number of each element type of the engine. */
export const ONNX_TYPE: Readonly<Record<DataType, number>> = {
  float32: Onnx.FLOAT,
  int64: Onnx.INT64,
  int32: Onnx.INT32,
  uint8: Onnx.UINT8,
  int8: Onnx.INT8,
  bool: Onnx.BOOL,
  string: Onnx.STRING,
};

/**
 * The engine's element type for each of ONNX's that can be read. Floating-point types become float32; integer types
 * the engine lacks become the next wider one it has (uint64 becomes int64, which large values do not fit).
 */
const ENGINE_TYPE: ReadonlyMap<number, DataType> = new Map<number, DataType>([
  [Onnx.FLOAT, 'float32'],
  [Onnx.FLOAT16, 'float32'],
  [Onnx.BFLOAT16, 'float32'],
  [Onnx.DOUBLE, 'float32'],
  [Onnx.INT64, 'int64'],
  [Onnx.UINT32, 'int64'],
  [Onnx.UINT64, 'int64'],
  [Onnx.INT32, 'int32'],
  [Onnx.INT16, 'int32'],
  [Onnx.UINT16, 'int32'],
  [Onnx.UINT8, 'uint8'],
  [Onnx.INT8, 'int8'],
  [Onnx.BOOL, 'bool'],
  [Onnx.STRING, 'string'],
]);

/** The engine's element type for one of ONNX's; undefined when it cannot be represented (complex, float8, 4-bit). */
export const engineType = (onnxType: number): DataType | undefined => ENGINE_TYPE.get(onnxType);

/** `FLOAT16` for messages; `type 99` when ONNX knows no such number. */
export const onnxTypeName = (onnxType: number): string => Onnx[onnxType] ?? `type ${onnxType}`;
