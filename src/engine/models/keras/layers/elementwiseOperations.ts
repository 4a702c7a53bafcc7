import type { ValueInfo } from '../../../graph/graph';
import { float32 } from '../../../tensor';
import { asFloat, single, type Layer, type LayerCall, type LayerTable } from '../layerCall';
import { acrossExamples } from './exampleAxes';
import { plainNumbers } from './plainNumbers';

/** An operation of Python on tensors and numbers, kept as a layer: `x * 2 + y`. */
const arithmetic =
  (op: string): Layer =>
  (call) =>
    call.emit.op(op, terms(call, 2, 0, op === 'MatMul'));

const unary =
  (op: string): Layer =>
  (call) => {
    if (call.args.length !== 1) throw call.settings.unsupported(`1 argument is supported, got ${call.args.length}`);
    return call.emit.op(op, [asFloat(call, call.inputs[0].value)]);
  };

/** A tensor compared with a number, as masks are made: `ids != 0`. */
const compared =
  (isEqual: boolean): Layer =>
  ({ args, emit, settings }) => {
    const [x, number] = args;
    if (args.length !== 2 || !('value' in x) || !('plain' in number) || typeof number.plain !== 'number') throw settings.unsupported('only a tensor and a number are supported as its arguments');
    const value = x.value.dtype === 'float32' ? x.value : emit.cast(x.value, 'int32');
    const equal = emit.op('Equal', [value, emit.scalarLike(value, number.plain)]);
    return isEqual ? equal : emit.op('Not', [equal]);
  };

const clip: Layer = (call) => {
  const { emit, settings } = call;
  const bounds = ['x_min', 'x_max'].map((key) => (settings.raw(key) === undefined ? undefined : emit.scalar(settings.number(key))));
  return emit.op('Clip', [asFloat(call, single(call)), ...bounds]);
};

const einsum: Layer = (call) => call.emit.op('Einsum', call.inputs.map(({ value }) => asFloat(call, value)), { equation: call.settings.text('subscripts').replace(/\s/g, '') });

/** A formula of one tensor. */
const formula =
  (apply: (math: LayerCall['math'], x: ValueInfo) => ValueInfo): Layer =>
  (call) =>
    apply(call.math, asFloat(call, single(call)));

/** The arguments of an operation as float32, known numbers among them. */
function terms({ args, emit, settings }: LayerCall, count: number, from = 0, isProduct = false): ValueInfo[] {
  if (args.length !== count) throw settings.unsupported(`${count} arguments are supported, got ${args.length}`);
  const rank = Math.max(...args.map((argument) => ('value' in argument ? argument.value.shape.length : 0)));
  return args.slice(from).map((argument) => {
    if ('value' in argument) return asFloat({ emit }, argument.value);
    const numbers = plainNumbers(argument.plain);
    if (!numbers) throw settings.unsupported('only tensors and numbers are supported as its arguments');
    const { values, shape } = numbers;
    if (shape.length === 0) return emit.scalar(values[0]);
    if (shape.length > rank || (shape.length === rank && shape[0] !== 1 && !(isProduct && rank === 2))) throw acrossExamples(settings);
    return emit.weight(float32(Float32Array.from(values), shape));
  });
}

/** a - floor(a / b) b, of the sign of b. */
const remainder: Layer = (call) => {
  const { math } = call;
  const [a, b] = terms(call, 2);
  return math.sub(a, math.mul(math.floor(math.div(a, b)), b));
};

const quotient: Layer = (call) => {
  const [a, b] = terms(call, 2);
  return call.math.floor(call.math.div(a, b));
};

/** log(exp(a) + exp(b)), by what the larger one leaves. */
const logAddExp: Layer = (call) => {
  const { emit, math } = call;
  const [a, b] = terms(call, 2);
  return math.add(emit.op('Max', [a, b]), emit.op('Softplus', [math.neg(math.abs(math.sub(a, b)))]));
};

const comparison =
  (op: 'Greater' | 'Less', isNegated = false): Layer =>
  (call) => {
    const result = call.emit.op(op, terms(call, 2));
    return isNegated ? call.emit.op('Not', [result]) : result;
  };

const where: Layer = (call) => {
  const [condition] = call.args;
  const [a, b] = terms(call, 3, 1);
  if (!('value' in condition)) throw call.settings.unsupported('only a tensor is supported as its condition');
  return call.math.where(call.emit.cast(condition.value, 'bool'), a, b);
};

const cast: Layer = (call) => {
  const { emit, settings } = call;
  const name = settings.text('dtype');
  if (name !== 'bool' && !/^(float|u?int)\d+$/.test(name)) throw settings.unsupported(`a cast to ${name.slice(0, 100)} is not supported`);
  return emit.cast(single(call), name === 'bool' ? 'bool' : name.startsWith('float') ? 'float32' : 'int32');
};

const logical =
  (op: 'And' | 'Or' | 'Xor' | 'Not'): Layer =>
  ({ emit, inputs, args, settings }) => {
    if (inputs.length !== args.length || inputs.length !== (op === 'Not' ? 1 : 2)) throw settings.unsupported('only tensors are supported as its arguments');
    return emit.op(op, inputs.map(({ value }) => emit.cast(value, 'bool')));
  };

/** Zeros or ones in the shape of a tensor, of which Keras makes masks. */
const filled =
  (fill: number): Layer =>
  (call) => {
    const { emit, math, settings } = call;
    const { shape } = single(call);
    const isBool = (settings.raw('dtype') ?? call.option('dtype')) === 'bool';
    const value = math.expand(emit.scalar(fill), shape);
    return isBool ? emit.cast(value, 'bool') : value;
  };

/** Operations of `keras.ops` on elements and products of tensors, by class name. */
export const elementwiseOperations: LayerTable = {
  Add: arithmetic('Add'),
  Subtract: arithmetic('Sub'),
  Multiply: arithmetic('Mul'),
  Divide: arithmetic('Div'),
  TrueDivide: arithmetic('Div'),
  Power: arithmetic('Pow'),
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  Matmul: arithmetic('MatMul'),
  Equal: compared(true),
  NotEqual: compared(false),
  Negative: unary('Neg'),
  Absolute: unary('Abs'),
  Fabs: unary('Abs'),
  Abs: unary('Abs'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Sqrt: unary('Sqrt'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  Tan: unary('Tan'),
  Arcsin: unary('Asin'),
  Arccos: unary('Acos'),
  Arctan: unary('Atan'),
  Sinh: unary('Sinh'),
  Cosh: unary('Cosh'),
  Arcsinh: unary('Asinh'),
  Arccosh: unary('Acosh'),
  Arctanh: unary('Atanh'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),
  Sign: unary('Sign'),
  Log2: formula((math, x) => math.div(math.log(x), Math.LN2)),
  Log10: formula((math, x) => math.div(math.log(x), Math.LN10)),
  Exp2: formula((math, x) => math.exp(math.mul(x, Math.LN2))),
  Mod: remainder,
  FloorDivide: quotient,
  Logaddexp: logAddExp,
  Clip: clip,
  Einsum: einsum,
  Where: where,
  Greater: comparison('Greater'),
  Less: comparison('Less'),
  GreaterEqual: comparison('Less', true),
  LessEqual: comparison('Greater', true),
  LogicalAnd: logical('And'),
  LogicalOr: logical('Or'),
  LogicalNot: logical('Not'),
  LogicalXor: logical('Xor'),
  Cast: cast,
  ConvertToTensor: (call) => (call.settings.raw('dtype') === undefined ? single(call) : cast(call)),
  Square: formula((math, x) => math.square(x)),
  Reciprocal: formula((math, x) => math.div(1, x)),
  Rsqrt: formula((math, x) => math.div(1, math.sqrt(x))),
  Expm1: formula((math, x) => math.sub(math.exp(x), 1)),
  Log1p: formula((math, x) => math.log(math.add(x, 1))),
  Erf: formula((math, x) => math.erf(x)),
  ZerosLike: filled(0),
  OnesLike: filled(1),
};
