import type { ValueInfo } from '../../../graph/graph';
import { asFloat, single, type LayerCall, type LayerTable } from '../layerCall';
import { isObject, Settings } from '../settings';

/** A function of each element (of softmax and glu: of an axis). */
type Activation = (call: LayerCall, x: ValueInfo, settings: Settings) => ValueInfo;

const operator =
  (op: string, attributes: Readonly<Record<string, number>> = {}): Activation =>
  ({ emit }, x) =>
    emit.op(op, [x], attributes);

const clipped = ({ emit }: LayerCall, x: ValueInfo, least: number | undefined, most: number | undefined): ValueInfo => emit.op('Clip', [x, least === undefined ? undefined : emit.scalar(least), most === undefined ? undefined : emit.scalar(most)]);

const silu: Activation = ({ math }, x) => math.mul(x, math.sigmoid(x));

/** x Φ(x), with the normal distribution's Φ or its approximation by tanh (Hendrycks & Gimpel, "GELUs", 2016). */
const gelu: Activation = ({ math }, x, settings) =>
  settings.flag('approximate', false)
    ? math.mul(math.mul(x, 0.5), math.add(math.tanh(math.mul(math.add(x, math.mul(math.mul(math.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1))
    : math.mul(math.mul(x, 0.5), math.add(math.erf(math.mul(x, Math.SQRT1_2)), 1));

const softmax =
  (op: 'Softmax' | 'LogSoftmax'): Activation =>
  ({ emit, math }, x, settings) => {
    const axes = settings.axes('axis', x.shape.length, -1);
    if (axes.length !== 1) {
      const logarithms = math.sub(x, emit.op('ReduceLogSumExp', [x], { axes, keepdims: 1 }));
      return op === 'Softmax' ? math.exp(logarithms) : logarithms;
    }
    return emit.op(op, [x], { axis: axes[0] });
  };

/** Slope before the threshold, and a bound: max(x, 0) unless it is told otherwise. */
const relu: Activation = (call, x, settings) => {
  const { emit, math } = call;
  const slope = settings.number('negative_slope', settings.number('alpha', 0));
  const threshold = settings.number('threshold', settings.number('theta', 0));
  const most = settings.raw('max_value') === undefined ? undefined : settings.number('max_value');
  if (slope === 0 && threshold === 0) return most === undefined ? emit.op('Relu', [x]) : clipped(call, x, 0, most);
  const above = most === undefined ? x : clipped(call, x, undefined, most);
  return math.where(math.greater(x, threshold), above, math.mul(math.sub(x, threshold), slope));
};

/** Keras 2: clip(0.2 x + 0.5, 0, 1); Keras 3: clip(x / 6 + 0.5, 0, 1). */
const hardSigmoid: Activation = (call, x) => call.emit.op('HardSigmoid', [x], { alpha: call.major < 3 ? 0.2 : 1 / 6, beta: 0.5 });

const hardSilu: Activation = (call, x) => call.math.mul(x, call.emit.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 }));

const leakyRelu: Activation = ({ emit }, x, settings) => emit.op('LeakyRelu', [x], { alpha: settings.number('negative_slope', settings.number('alpha', 0.2)) });

/** Activations by the names that `activation` has in files. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu,
  relu6: (call, x) => clipped(call, x, 0, 6),
  leaky_relu: leakyRelu,
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  softmax: softmax('Softmax'),
  log_softmax: softmax('LogSoftmax'),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  elu: ({ emit }, x, settings) => emit.op('Elu', [x], { alpha: settings.number('alpha', 1) }),
  selu: operator('Selu', { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  celu: ({ emit }, x, settings) => emit.op('Celu', [x], { alpha: settings.number('alpha', 1) }),
  gelu,
  silu,
  swish: silu,
  mish: ({ emit, math }, x) => math.mul(x, math.tanh(emit.op('Softplus', [x]))),
  exponential: operator('Exp'),
  hard_sigmoid: hardSigmoid,
  hard_silu: hardSilu,
  hard_swish: hardSilu,
  hard_tanh: (call, x) => clipped(call, x, -1, 1),
  hard_shrink: ({ math }, x, settings) => math.where(math.greater(math.abs(x), settings.number('threshold', 0.5)), x, 0),
  soft_shrink: ({ emit, math }, x, settings) => math.mul(math.sign(x), emit.op('Relu', [math.sub(math.abs(x), settings.number('threshold', 0.5))])),
  tanh_shrink: ({ math }, x) => math.sub(x, math.tanh(x)),
  log_sigmoid: ({ emit, math }, x) => math.neg(emit.op('Softplus', [math.neg(x)])),
  threshold: ({ math }, x, settings) => math.where(math.greater(x, settings.number('threshold')), x, settings.number('default_value')),
  glu: ({ emit, math }, x, settings) => {
    const [axis] = settings.axes('axis', x.shape.length, -1);
    if (x.shape[axis] % 2 !== 0) throw settings.invalid(`it halves an axis, which has ${x.shape[axis]} elements`);
    const [half, gate] = emit.split('Split', [x], { axis }, 2);
    return math.mul(half, math.sigmoid(gate));
  },
  squareplus: ({ math }, x, settings) => math.mul(math.add(x, math.sqrt(math.add(math.square(x), settings.number('b', 4)))), 0.5),
};

/** A value after the activation that a setting of the layer names. */
export function activated(call: LayerCall, x: ValueInfo, key = 'activation', fallback = 'linear'): ValueInfo {
  return activationOf(call, key, fallback)(x);
}

/** The function that a setting names: a text, or `{ class_name, config }`. */
export function activationOf(call: LayerCall, key: string, fallback: string): (x: ValueInfo) => ValueInfo {
  const { settings } = call;
  const given = settings.raw(key) ?? fallback;
  const named = isObject(given) ? (given.class_name === 'function' ? given.config : given.class_name) : given;
  const name = typeof named === 'string' ? named.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase() : '';
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!activation) throw settings.unsupported(`the ${key} ${JSON.stringify(named)?.slice(0, 100)} is not supported`, 'Functions of your own are Python code, which is never run.');
  const own = new Settings(settings.subject, isObject(given) && isObject(given.config) ? given.config : {});
  return (x) => activation(call, x, own);
}

const byLayer =
  (activation: Activation): ((call: LayerCall) => ValueInfo) =>
  (call) =>
    activation(call, asFloat(call, single(call)), call.settings);

/** Activations as operations of `keras.ops`: `ops.relu(x)` is of class Relu. */
export const activationOperations: LayerTable = Object.fromEntries(
  Object.entries(ACTIVATIONS).map(([name, activation]) => [name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()), byLayer(activation)]),
);

export const activationLayers: LayerTable = {
  Activation: (call) => activated(call, asFloat(call, single(call))),
  ReLU: byLayer(relu),
  ELU: byLayer(ACTIVATIONS.elu),
  LeakyReLU: byLayer((call, x, settings) => call.emit.op('LeakyRelu', [x], { alpha: settings.number('negative_slope', settings.number('alpha', 0.3)) })),
  ThresholdedReLU: byLayer(({ emit }, x, settings) => emit.op('ThresholdedRelu', [x], { alpha: settings.number('theta', 1) })),
  Softmax: (call) => {
    if (call.inputs.length > 1 || call.inputs.some(({ mask }) => mask)) throw call.settings.unsupported('a mask is not supported');
    return softmax('Softmax')(call, asFloat(call, single(call)), call.settings);
  },
  /** The slopes lie along all axes but the first; those of `shared_axes` have length 1. */
  PReLU: (call) => {
    const { emit, settings, weights } = call;
    const x = asFloat(call, single(call));
    const shared = settings.raw('shared_axes') === undefined ? [] : settings.axes('shared_axes', x.shape.length);
    const slopes = weights.next('alpha', x.shape.slice(1).map((dim, axis) => (shared.includes(axis + 1) ? 1 : dim)));
    return emit.op('PRelu', [x, emit.weight(slopes, 'alpha')]);
  },
};
