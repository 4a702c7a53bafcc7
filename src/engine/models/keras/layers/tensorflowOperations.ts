import type { Layer, LayerCall, LayerTable, Value } from '../layerCall';
import { isObject, Settings } from '../settings';
import { plainNumbers } from './plainNumbers';

/** A function of TensorFlow as an operation of Keras 3. */
interface Translation {
  readonly operation: string;
  /** The arguments, behind the first, that are tensors or numbers. */
  readonly operands?: readonly string[];
  /** The arguments that are settings of the operation, by their names there, and what they become. */
  readonly settings?: Readonly<Record<string, string | readonly [string, (value: unknown) => unknown]>>;
  /** Settings that the operation has besides. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Arguments that have to be what they are by default. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

const binary = (operation: string): Translation => ({ operation, operands: ['y'] });
const unary = (operation: string): Translation => ({ operation });
const reduction = (operation: string): Translation => ({ operation, settings: { axis: 'axis', keepdims: 'keepdims' } });
const alongAxis = (operation: string): Translation => ({ operation, settings: { axis: 'axis' } });

const add = binary('Add');
const [equal, notEqual, gelu] = [binary('Equal'), binary('NotEqual'), { operation: 'Gelu', settings: { approximate: 'approximate' } }];
const [sigmoid, tanh, softmax, logSoftmax, softplus, abs] = [unary('Sigmoid'), unary('Tanh'), alongAxis('Softmax'), alongAxis('LogSoftmax'), unary('Softplus'), unary('Abs')];

const normalize: Translation = { ...alongAxis('Normalize'), fixed: { epsilon: 1e-6 }, defaults: { epsilon: 1e-12 } };
const silu: Translation = { operation: 'Silu', defaults: { beta: 1 } };

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** The lengths of parts as the places between them. */
const places = (sections: unknown): unknown => {
  const numbers = Array.isArray(sections) ? plainNumbers(sections) : undefined;
  return numbers ? numbers.values.slice(0, -1).map((_, index) => numbers.values.slice(0, index + 1).reduce((sum, length) => sum + length, 0)) : sections;
};

/** Slices as Keras 3 writes them. */
const slices = (spec: unknown): unknown => {
  const one = (key: unknown): unknown => (isObject(key) && 'start' in key ? { class_name: '__slice__', config: key } : key);
  return Array.isArray(spec) ? spec.map(one) : one(spec);
};

/** By the public names of TensorFlow. */
const FUNCTIONS: Readonly<Record<string, Translation>> = {
  '__operators__.add': add,
  '__operators__.eq': equal,
  '__operators__.ne': notEqual,
  '__operators__.getitem': { operation: 'GetItem', operands: ['slice_spec'] },
  '__operators__.logical_and': binary('LogicalAnd'),
  '__operators__.logical_or': binary('LogicalOr'),
  'math.add': add,
  'math.subtract': binary('Subtract'),
  'math.multiply': binary('Multiply'),
  'math.truediv': binary('Divide'),
  'math.divide': binary('Divide'),
  'math.pow': binary('Power'),
  'math.maximum': binary('Maximum'),
  'math.minimum': binary('Minimum'),
  'math.floormod': binary('Mod'),
  'math.equal': equal,
  'math.not_equal': notEqual,
  'math.greater': binary('Greater'),
  'math.greater_equal': binary('GreaterEqual'),
  'math.less': binary('Less'),
  'math.less_equal': binary('LessEqual'),
  'math.logical_and': binary('LogicalAnd'),
  'math.logical_or': binary('LogicalOr'),
  'math.logical_not': unary('LogicalNot'),
  'linalg.matmul': { operation: 'Matmul', operands: ['b'], defaults: { transpose_a: false } },
  'nn.bias_add': { operation: 'Add', operands: ['bias'] },
  where: { operation: 'Where', operands: ['x', 'y'] },
  'math.negative': unary('Negative'),
  'math.abs': abs,
  'math.exp': unary('Exp'),
  'math.expm1': unary('Expm1'),
  'math.log': unary('Log'),
  'math.log1p': unary('Log1p'),
  'math.sqrt': unary('Sqrt'),
  'math.rsqrt': unary('Rsqrt'),
  'math.reciprocal': unary('Reciprocal'),
  'math.square': unary('Square'),
  'math.sin': unary('Sin'),
  'math.cos': unary('Cos'),
  'math.erf': unary('Erf'),
  'math.sigmoid': sigmoid,
  'nn.sigmoid': sigmoid,
  'math.tanh': tanh,
  'nn.tanh': tanh,
  'math.softplus': softplus,
  'nn.softplus': softplus,
  'math.cumsum': { operation: 'Cumsum', settings: { axis: 'axis' } },
  'nn.relu': unary('Relu'),
  'nn.relu6': unary('Relu6'),
  'nn.leaky_relu': { operation: 'LeakyRelu', settings: { negative_slope: 'alpha' } },
  'nn.elu': unary('Elu'),
  'nn.selu': unary('Selu'),
  'nn.gelu': gelu,
  'nn.silu': silu,
  'nn.swish': silu,
  'nn.softmax': softmax,
  'math.softmax': softmax,
  'nn.log_softmax': logSoftmax,
  'math.log_softmax': logSoftmax,
  'nn.softsign': unary('Softsign'),
  'math.softsign': unary('Softsign'),
  'math.l2_normalize': normalize,
  'nn.l2_normalize': normalize,
  'math.reduce_mean': reduction('Mean'),
  'math.reduce_sum': reduction('Sum'),
  'math.reduce_prod': reduction('Prod'),
  'math.reduce_max': reduction('Max'),
  'math.reduce_min': reduction('Min'),
  'math.reduce_std': reduction('Std'),
  'math.reduce_variance': reduction('Var'),
  'math.reduce_logsumexp': reduction('Logsumexp'),
  clip_by_value: { operation: 'Clip', settings: { x_min: 'clip_value_min', x_max: 'clip_value_max' } },
  cast: { operation: 'Cast', settings: { dtype: 'dtype' } },
  concat: alongAxis('Concatenate'),
  stack: alongAxis('Stack'),
  unstack: { operation: 'Unstack', settings: { axis: 'axis', num: 'num' } },
  split: { operation: 'Split', settings: { indices_or_sections: ['num_or_size_splits', places], axis: 'axis' } },
  expand_dims: alongAxis('ExpandDims'),
  squeeze: alongAxis('Squeeze'),
  reshape: { operation: 'Reshape', settings: { newshape: 'shape' } },
  transpose: { operation: 'Transpose', settings: { axes: 'perm' } },
  tile: { operation: 'Tile', settings: { repeats: 'multiples' } },
  repeat: { operation: 'Repeat', settings: { repeats: 'repeats', axis: 'axis' } },
  reverse: { operation: 'Flip', settings: { axis: 'axis' } },
  roll: { operation: 'Roll', settings: { shift: 'shift', axis: 'axis' } },
  pad: { operation: 'Pad', settings: { pad_width: 'paddings', mode: ['mode', lowerCase] }, defaults: { constant_values: 0 } },
  gather: { operation: 'Take', operands: ['indices'], settings: { axis: 'axis' }, defaults: { batch_dims: 0 } },
  'image.resize': { operation: 'Resize', settings: { size: 'size', interpolation: 'method', antialias: 'antialias' }, defaults: { preserve_aspect_ratio: false } },
  zeros_like: unary('ZerosLike'),
  ones_like: unary('OnesLike'),
};

/** How Keras 2 keeps functions of TensorFlow: as layers that name the function, one of the public ones. */
export function tensorflowOperations(operations: LayerTable): LayerTable {
  const translated: Layer = (call) => {
    const { settings, option } = call;
    const name = settings.raw('function');
    const known = typeof name === 'string' ? name.replace(/^compat\.v1\./, '') : '';
    const translation = Object.hasOwn(FUNCTIONS, known) ? FUNCTIONS[known] : undefined;
    if (!translation || !Object.hasOwn(operations, translation.operation)) throw settings.unsupported(`the function tf.${String(name).slice(0, 100)} is not supported`, 'Express it with layers of Keras, or export the model to ONNX (tf2onnx).');
    option('name'); // of no effect
    const given = (translation.operands ?? []).map((key): LayerCall['args'] => {
      const tensors = call.keyword(key);
      return tensors.length > 0 ? tensors : [{ plain: known.endsWith('getitem') ? slices(option(key)) : option(key) }];
    });
    for (const [key, value] of Object.entries(translation.defaults ?? {})) if ((option(key) ?? value) !== value) throw settings.unsupported(`${key} other than ${String(value)} is not supported`);
    const own = Object.entries(translation.settings ?? {}).map(([key, argument]) => {
      const [from, convert] = typeof argument === 'string' ? [argument, (value: unknown) => value] : argument;
      return [key, convert(option(from))] as const;
    });
    const args = [...call.args, ...given.flat()].map((argument, index) => (index > 0 && known === 'linalg.matmul' && option('transpose_b') === true ? transposed(call, argument) : argument));
    const inputs = args.filter((argument): argument is Value => 'value' in argument);
    return operations[translation.operation]({ ...call, inputs, args, settings: new Settings(settings.subject, { ...translation.fixed, ...Object.fromEntries(own) }) });
  };
  return { TFOpLambda: translated, SlicingOpLambda: translated };
}

/** A tensor with its last two axes exchanged. */
function transposed({ emit, settings }: LayerCall, argument: LayerCall['args'][number]): Value {
  const rank = 'value' in argument ? argument.value.shape.length : 0;
  if (!('value' in argument) || rank < 2) throw settings.unsupported('only tensors of 2 and more axes are transposed');
  return { value: emit.transpose(argument.value, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]) };
}
