import type { ValueInfo } from '../../../graph/graph';
import { sizeOf } from '../../../tensor';
import { asFloat, masked, refuseMasks, type Layer, type LayerCall, type LayerTable, type Value } from '../layerCall';

/** Elementwise over all inputs; those with fewer axes get axes of length 1 behind that of the examples. */
const elementwise =
  (op: 'Add' | 'Mul' | 'Sub' | 'Mean' | 'Max' | 'Min', most = Infinity): Layer =>
  (call) => {
    const { emit, inputs, settings } = call;
    if (inputs.length < 1 || inputs.length > most) throw settings.invalid(`it takes ${most === Infinity ? 'at least 1 input' : `${most} inputs`}, got ${inputs.length}`);
    const rank = Math.max(...inputs.map(({ value }) => value.shape.length));
    const values = inputs.map(({ value }) => asFloat(call, emit.reshape(value, [...value.shape.slice(0, 1), ...new Array<number>(rank - value.shape.length).fill(1), ...value.shape.slice(1)])));
    const isVariadic = op === 'Mean' || op === 'Max' || op === 'Min';
    const value = isVariadic ? emit.op(op, values) : values.slice(1).reduce((result, next) => emit.op(op, [result, next]), values[0]);
    return op === 'Add' || op === 'Mean' ? [{ value, mask: joined(call) }] : (refuseMasks(call), value);
  };

/** A step counts where it does in any input; when an input has no mask, neither has the result. */
function joined({ emit, inputs }: LayerCall): ValueInfo | undefined {
  const masks = [...new Set(inputs.map(({ mask }) => mask))];
  if (masks.includes(undefined)) return undefined;
  return masks.reduce((all, mask) => (all && mask ? emit.op('Or', [all, mask]) : mask));
}

const concatenate: Layer = (call) => {
  const { emit, inputs, settings } = call;
  if (inputs.length === 0) throw settings.invalid('it takes at least 1 input, got none');
  const rank = inputs[0].value.shape.length;
  const [axis] = settings.axes('axis', rank, -1);
  const values = inputs.map(({ value }) => asFloat(call, value));
  const masks = [...new Set(inputs.flatMap(({ mask }) => mask ?? []))];
  if (masks.length > 0 && axis < 2) throw masked(call);
  const value = values.length === 1 ? values[0] : emit.op('Concat', values, { axis });
  // along the features, a step counts where it does in every input
  return [{ value, mask: masks.length === 0 ? undefined : masks.reduce((all, mask) => emit.op('And', [all, mask])) }];
};

/** Sums of products along one axis of each input, for each pair of places on the other axes. */
const dot: Layer = (call) => {
  const { emit, inputs, math, settings } = call;
  if (inputs.length !== 2) throw settings.invalid(`it takes 2 inputs, got ${inputs.length}`);
  const axes = settings.integers('axes', 2, undefined, -16);
  const [left, right] = inputs.map(({ value }, index) => {
    const x = asFloat(call, value);
    const rank = x.shape.length;
    const axis = axes[index] < 0 ? axes[index] + rank : axes[index];
    if (axis < 1 || axis >= rank) throw settings.invalid(`axes must be axes behind that of the examples, got ${axes.join(', ')}`);
    const normal = settings.flag('normalize', false) ? math.div(x, math.sqrt(emit.op('Max', [math.sum(math.square(x), [axis]), emit.scalar(1e-12)]))) : x;
    const rest = Array.from({ length: rank }, (_, place) => place).filter((place) => place !== 0 && place !== axis);
    const places = rest.map((place) => x.shape[place]);
    const perm = index === 0 ? [0, ...rest, axis] : [0, axis, ...rest];
    const shape = index === 0 ? [x.shape[0], sizeOf(places), x.shape[axis]] : [x.shape[0], x.shape[axis], sizeOf(places)];
    return { value: emit.reshape(emit.transpose(normal, perm), shape), places };
  });
  const places = [...left.places, ...right.places];
  return emit.reshape(math.matMul(left.value, right.value), [left.value.shape[0], ...(places.length === 0 ? [1] : places)]);
};

/** An operation of Python on tensors and numbers, kept as a layer: `x * 2 + y`. */
const arithmetic =
  (op: string): Layer =>
  (call) => {
    const { args, emit, settings } = call;
    refuseMasks(call);
    const terms = args.map((argument: Value | { readonly plain: unknown }) => {
      if ('value' in argument) return asFloat(call, argument.value);
      if (typeof argument.plain !== 'number' || !Number.isFinite(argument.plain)) throw settings.unsupported('only tensors and numbers are supported as its arguments');
      return emit.scalar(argument.plain);
    });
    if (terms.length !== 2) throw settings.unsupported(`2 arguments are supported, got ${terms.length}`);
    return emit.op(op, terms);
  };

const unary =
  (op: string): Layer =>
  (call) => {
    refuseMasks(call);
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

/** Whether anything along the axes is true. */
const any: Layer = (call) => {
  const { emit, math, settings } = call;
  const axis = call.option('axis');
  if (call.args.length !== 1 || call.inputs.length !== 1 || !Number.isInteger(axis) || call.option('keepdims') === true) throw settings.unsupported('only any(x, axis) is supported');
  const { value } = call.inputs[0];
  const place = Number(axis) < 0 ? Number(axis) + value.shape.length : Number(axis);
  if (place < 1 || place >= value.shape.length) throw settings.invalid(`axis ${place} is none of its input's`);
  return math.greater(emit.op('ReduceMax', [math.mask(value)], { axes: [place], keepdims: 0 }), 0.5);
};

/** Layers that join several inputs. */
export const mergingLayers: LayerTable = {
  Add: elementwise('Add'),
  Subtract: elementwise('Sub', 2),
  Multiply: elementwise('Mul'),
  Average: elementwise('Mean'),
  Maximum: elementwise('Max'),
  Minimum: elementwise('Min'),
  Concatenate: concatenate,
  Dot: dot,
};

/** Operations of `keras.ops`, by class name. */
export const operations: LayerTable = {
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
  Any: any,
  Negative: unary('Neg'),
  Absolute: unary('Abs'),
  Abs: unary('Abs'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Sqrt: unary('Sqrt'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
};
