import { create } from '@bufbuild/protobuf';
import type { Attribute } from './graph';
import { AttributeProtoSchema, AttributeProto_AttributeType as Type, type AttributeProto } from './onnx_pb';
import { tensorProto } from './onnxTensor';

/** Attributes that ONNX's operators declare as FLOAT or FLOATS; a whole number in them would otherwise be written as INT. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'activation_alpha',
  'activation_beta',
  'alpha',
  'beta',
  'bias',
  'clip',
  'cubic_coeff_a',
  'epsilon',
  'extrapolation_value',
  'gamma',
  'high',
  'lambd',
  'low',
  'max',
  'mean',
  'min',
  'momentum',
  'norm_coefficient',
  'ratio',
  'scale',
  'scales',
  'seed',
  'spatial_scale',
  'value_float',
  'value_floats',
]);

const encoder = new TextEncoder();

/** One attribute of a node in ONNX's form. */
export function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'string') return create(AttributeProtoSchema, { name, type: Type.STRING, s: encoder.encode(value) });
  if (typeof value === 'number') {
    return isFloat(name, [value]) ? create(AttributeProtoSchema, { name, type: Type.FLOAT, f: value }) : create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(value) });
  }
  if ('dtype' in value) return create(AttributeProtoSchema, { name, type: Type.TENSOR, t: tensorProto('', value) });
  const numbers: number[] = [];
  const strings: Uint8Array[] = [];
  for (const item of value) {
    if (typeof item === 'number') numbers.push(item);
    else strings.push(encoder.encode(item));
  }
  if (strings.length > 0) return create(AttributeProtoSchema, { name, type: Type.STRINGS, strings });
  if (isFloat(name, numbers)) return create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: numbers });
  return create(AttributeProtoSchema, { name, type: Type.INTS, ints: numbers.map(BigInt) });
}

const isFloat = (name: string, values: readonly number[]): boolean => FLOAT_ATTRIBUTES.has(name) || !values.every(Number.isInteger);
