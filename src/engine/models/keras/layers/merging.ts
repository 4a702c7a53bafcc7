import type { ValueInfo } from '../../../graph/graph';
import { sizeOf } from '../../../tensor';
import { asFloat, losesMasksOfLists, masked, type Layer, type LayerCall, type LayerTable, type Value } from '../layerCall';

/** Elementwise over all inputs; those with fewer axes get axes of length 1 behind that of the examples. */
const elementwise =
  (op: 'Add' | 'Mul' | 'Sub' | 'Mean' | 'Max' | 'Min', most = Infinity): Layer =>
  (call) => {
    const { emit, inputs, settings } = call;
    if (inputs.length < 1 || inputs.length > most) throw settings.invalid(`it takes ${most === Infinity ? 'at least 1 input' : `${most} inputs`}, got ${inputs.length}`);
    const rank = Math.max(...inputs.map(({ value }) => value.shape.length));
    const hasMask = inputs.some(({ mask }) => mask);
    if (hasMask && rank !== 3) throw masked(call);
    const values = inputs.map(({ value }) => asFloat(call, emit.reshape(value, [...value.shape.slice(0, 1), ...new Array<number>(rank - value.shape.length).fill(1), ...value.shape.slice(1)])));
    if (hasMask && op === 'Mul' && call.isSince(3, 4)) return maskedProduct(call, values);
    if (hasMask && (op === 'Max' || op === 'Min') && call.isSince(3, 4)) return maskedExtreme(call, op, values);
    const isVariadic = op === 'Mean' || op === 'Max' || op === 'Min';
    const value = isVariadic ? emit.op(op, values) : values.slice(1).reduce((result, next) => emit.op(op, [result, next]), values[0]);
    return [{ value, mask: joined(call) }];
  };

/** The steps that count of a merged sequence. From 3.4 on: those of any input, when each has a mask; in Keras 2: those of each mask there is. */
function joined(call: LayerCall): ValueInfo | undefined {
  if (losesMasksOfLists(call)) return undefined;
  const masks = call.inputs.map(({ mask }) => mask);
  return call.isSince(3, 4) ? (masks.includes(undefined) ? undefined : folded(call, 'Or', masks)) : folded(call, 'And', masks);
}

function folded({ emit }: LayerCall, op: 'And' | 'Or', masks: readonly (ValueInfo | undefined)[]): ValueInfo | undefined {
  const [first, ...others] = new Set(masks.filter((mask) => mask !== undefined));
  return others.reduce<ValueInfo | undefined>((all, mask) => (all ? emit.op(op, [all, mask]) : mask), first);
}

/** [batch, steps] as [batch, steps, 1], to choose among features. */
const forFeatures = ({ emit }: LayerCall, mask: ValueInfo): ValueInfo => emit.reshape(mask, [...mask.shape, 1]);

/** Steps that do not count are factors of 1; those that count in no input become 0. */
function maskedProduct(call: LayerCall, values: readonly ValueInfo[]): Value[] {
  const { inputs, math } = call;
  const factors = values.map((value, index) => {
    const { mask } = inputs[index];
    return mask ? math.where(forFeatures(call, mask), value, 1) : value;
  });
  const product = factors.slice(1).reduce((result, next) => math.mul(result, next), factors[0]);
  const mask = joined(call);
  return [{ value: mask ? math.where(forFeatures(call, mask), product, 0) : product, mask }];
}

/** Of two inputs, one whose step does not count takes the value of the other. */
function maskedExtreme(call: LayerCall, op: 'Max' | 'Min', values: readonly ValueInfo[]): Value[] {
  const { emit, inputs, math } = call;
  let [value] = values;
  let [{ mask }] = inputs;
  for (const [index, given] of values.entries()) {
    if (index === 0) continue;
    const { mask: own } = inputs[index];
    const next = own ? math.where(forFeatures(call, own), given, value) : given;
    value = emit.op(op, [mask ? math.where(forFeatures(call, mask), value, next) : value, next]);
    mask = mask && own ? emit.op('Or', [mask, own]) : undefined;
  }
  return [{ value, mask }];
}

const concatenate: Layer = (call) => {
  const { emit, inputs, settings } = call;
  if (inputs.length === 0) throw settings.invalid('it takes at least 1 input, got none');
  const rank = inputs[0].value.shape.length;
  const [axis] = settings.axes('axis', rank, -1);
  const values = inputs.map(({ value }) => asFloat(call, value));
  const masks = inputs.map(({ mask }) => mask);
  const hasMask = masks.some((mask) => mask);
  if (hasMask && (axis !== 2 || rank !== 3)) throw masked(call);
  const value = values.length === 1 ? values[0] : emit.op('Concat', values, { axis });
  // along the features: a step of an input without a mask counts
  return [{ value, mask: hasMask ? joined(call) : undefined }];
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
