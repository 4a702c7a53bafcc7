import type * as tfjs from '@tensorflow/tfjs';
import { algebra } from '../../../operators/algebra';
import type { Attributes, ValueInfo } from '../../../graph/graph';
import { fromTfjsType } from '../tfjs';
import { allInputs, input, unsupported, type Converter, type ConverterTable, type KernelCall } from './kernel';

const unary = (op: string, attributes: Attributes = {}): Converter => (call) => call.emit.op(op, [input(call, 'x')], attributes);
const binary = (op: string): Converter => (call) => call.emit.op(op, [input(call, 'a'), input(call, 'b')]);

/** x * alpha below 0. */
const leakyRelu = ({ emit }: KernelCall, x: ValueInfo, alpha: number): ValueInfo => emit.op('LeakyRelu', [x], { alpha });

const clip = ({ emit }: KernelCall, x: ValueInfo, low: number, high: number): ValueInfo => emit.op('Clip', [x, emit.scalarLike(x, low), emit.scalarLike(x, high)]);

/** a / b rounded down. Integers up to 2^24 are exact. */
const floorDiv: Converter = (call) => {
  const { emit } = call;
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  const quotient = emit.op('Floor', [emit.op('Div', [emit.cast(a, 'float32'), emit.cast(b, 'float32')])]);
  return emit.cast(quotient, a.dtype);
};

/** The remainder of the floor division, with the sign of b: a - floor(a / b) * b. */
const mod: Converter = (call) => {
  const { emit } = call;
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  if (a.dtype !== 'float32') return emit.op('Mod', [a, b]);
  return emit.op('Sub', [a, emit.op('Mul', [emit.op('Floor', [emit.op('Div', [a, b])]), b])]);
};

/** The angle of the point (b, a): atan(a / b), moved by half a turn where b is negative. */
const atan2: Converter = (call) => {
  const [y, x] = [input(call, 'a'), input(call, 'b')];
  const { add, mul, div, where, less, equal, sign } = algebra(call.emit);
  const vertical = equal(x, 0);
  const slope = call.emit.op('Atan', [div(y, where(vertical, 1, x))]);
  const turned = where(less(x, 0), add(slope, where(less(y, 0), -Math.PI, Math.PI)), slope);
  return where(vertical, mul(sign(y), Math.PI / 2), turned);
};

/** The activation that a fused kernel ends in. */
export function activate(call: KernelCall, x: ValueInfo, attributes: { activation?: string; leakyreluAlpha?: number }, preluWeights: ValueInfo | undefined): ValueInfo {
  const { emit } = call;
  switch (attributes.activation ?? 'linear') {
    case 'linear':
      return x;
    case 'relu':
      return emit.op('Relu', [x]);
    case 'relu6':
      return clip(call, x, 0, 6);
    case 'elu':
      return emit.op('Elu', [x]);
    case 'sigmoid':
      return emit.op('Sigmoid', [x]);
    case 'leakyrelu':
      return leakyRelu(call, x, attributes.leakyreluAlpha ?? 0.2);
    case 'prelu':
      return emit.op('PRelu', [x, preluWeights ?? input(call, 'preluActivationWeights')]);
    default:
      throw unsupported(call, `the activation '${attributes.activation}' is not supported`);
  }
}

/** Kernels that compute each element from the elements at the same place. */
export const elementwise: ConverterTable = {
  Abs: unary('Abs'),
  Acos: unary('Acos'),
  Acosh: unary('Acosh'),
  Asin: unary('Asin'),
  Asinh: unary('Asinh'),
  Atan: unary('Atan'),
  Atanh: unary('Atanh'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Cosh: unary('Cosh'),
  Elu: unary('Elu'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expm1: (call) => algebra(call.emit).sub(call.emit.op('Exp', [input(call, 'x')]), 1),
  Floor: unary('Floor'),
  Identity: (call) => input(call, 'x'),
  IsFinite: (call) => {
    const [x, { emit }] = [input(call, 'x'), call];
    return emit.op('Not', [emit.op('Or', [emit.op('IsNaN', [x]), emit.op('IsInf', [x])])]);
  },
  IsInf: unary('IsInf'),
  IsNan: unary('IsNaN'),
  LeakyRelu: (call, { alpha }: tfjs.LeakyReluAttrs) => leakyRelu(call, input(call, 'x'), alpha),
  Log: unary('Log'),
  Log1p: (call) => call.emit.op('Log', [algebra(call.emit).add(input(call, 'x'), 1)]),
  LogicalNot: unary('Not'),
  Neg: unary('Neg'),
  Prelu: (call) => call.emit.op('PRelu', [input(call, 'x'), input(call, 'alpha')]),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Relu6: (call) => clip(call, input(call, 'x'), 0, 6),
  Round: unary('Round'),
  Rsqrt: (call) => call.emit.op('Reciprocal', [call.emit.op('Sqrt', [input(call, 'x')])]),
  Selu: unary('Selu', { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Sinh: unary('Sinh'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: (call) => call.emit.op('Mul', [input(call, 'x'), input(call, 'x')]),
  Step: (call, { alpha }: tfjs.StepAttrs) => {
    const { where, greater } = algebra(call.emit);
    return where(greater(input(call, 'x'), 0), 1, alpha);
  },
  Tan: unary('Tan'),
  Tanh: unary('Tanh'),
  ClipByValue: (call, { clipValueMin, clipValueMax }: tfjs.ClipByValueAttrs) => clip(call, input(call, 'x'), clipValueMin, clipValueMax),
  Cast: (call, { dtype }: tfjs.CastAttrs) => call.emit.cast(input(call, 'x'), fromTfjsType(dtype, 'Cast')),

  Add: binary('Add'),
  AddN: (call) => allInputs(call).reduce((left, right) => call.emit.op('Add', [left, right])),
  Atan2: atan2,
  Equal: binary('Equal'),
  FloorDiv: floorDiv,
  Greater: binary('Greater'),
  GreaterEqual: binary('GreaterOrEqual'),
  Less: binary('Less'),
  LessEqual: binary('LessOrEqual'),
  LogicalAnd: binary('And'),
  LogicalOr: binary('Or'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Mod: mod,
  Multiply: binary('Mul'),
  NotEqual: (call) => call.emit.op('Not', [call.emit.op('Equal', [input(call, 'a'), input(call, 'b')])]),
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  SquaredDifference: (call) => {
    const difference = call.emit.op('Sub', [input(call, 'a'), input(call, 'b')]);
    return call.emit.op('Mul', [difference, difference]);
  },
  Sub: binary('Sub'),

  /** A condition of rank 1 selects whole rows. */
  Select: (call) => {
    const [condition, t, e] = [input(call, 'condition'), input(call, 't'), input(call, 'e')];
    const rows = condition.shape.length === 1 && t.shape.length > 1;
    return call.emit.op('Where', [rows ? call.emit.reshape(condition, t.shape.map((_, axis) => (axis === 0 ? condition.shape[0] : 1))) : condition, t, e]);
  },
};
