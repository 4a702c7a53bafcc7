import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../tensor';
import { TensorProtoSchema, type TensorProto } from './onnx_pb';
import { ONNX_TYPE } from './onnxTypes';

/** The bytes of a numeric tensor, little-endian, without a copy; undefined for strings. */
export function rawBytes(tensor: Tensor): Uint8Array | undefined {
  if (Array.isArray(tensor.data)) return undefined;
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** A tensor in ONNX's form, with `raw_data` that shares the tensor's memory. */
export function tensorProto(name: string, tensor: Tensor): TensorProto {
  const proto = tensorHeader(name, tensor);
  const bytes = rawBytes(tensor);
  if (bytes) proto.rawData = bytes;
  return proto;
}

/** As {@link tensorProto}, with everything but the `raw_data`. */
export function tensorHeader(name: string, tensor: Tensor): TensorProto {
  const proto = create(TensorProtoSchema, { name, dataType: ONNX_TYPE[tensor.dtype], dims: tensor.shape.map(BigInt) });
  if (Array.isArray(tensor.data)) {
    const encoder = new TextEncoder();
    proto.stringData = tensor.data.map((text) => encoder.encode(text));
  }
  return proto;
}
