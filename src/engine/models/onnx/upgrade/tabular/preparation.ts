import type { ValueInfo } from '../../../../graph/graph';
import { ONNX_TYPE } from '../../../../graph/onnxTypes';
import { choice, flag, real } from '../../../../operators/attributes';
import { generate } from '../../../../operators/strided';
import { int64, tensor, type Tensor } from '../../../../tensor';
import type { NodeContext, Upgrade } from '../../nodeContext';
import { numbersOf, requiredNumbers, stringsOf } from './lists';

/** What scikit-learn's pipelines do to columns before and after a model. */
export const preparationUpgrades: Readonly<Record<string, Upgrade>> = {
  /** (x - offset) * scale */
  'ai.onnx.ml.Scaler': (context) => {
    const { sub, mul } = context.math;
    const [offset, scale] = [numbersOf(context, 'offset') ?? [0], numbersOf(context, 'scale') ?? [1]];
    return context.outputs([mul(sub(asReal(context), context.floats(offset)), context.floats(scale))]);
  },
  /** x divided by its largest magnitude, the sum of its magnitudes, or its length. */
  'ai.onnx.ml.Normalizer': (context) => {
    const { abs, sum, sqrt, square, div } = context.math;
    const x = asReal(context);
    const axis = x.shape.length - 1;
    const kind = choice(context.node, 'norm', ['MAX', 'L1', 'L2'], 'MAX');
    const norm = kind === 'L1' ? sum(abs(x), [axis]) : kind === 'L2' ? sqrt(sum(square(x), [axis])) : context.emit('ReduceMax', [x], { axes: [axis], keepdims: 1 });
    return context.outputs([div(x, context.math.where(context.math.equal(norm, 0), 1, norm))]);
  },
  'ai.onnx.ml.Binarizer': (context) => {
    const { mask, greater } = context.math;
    return context.outputs([mask(greater(asReal(context), real(context.node, 'threshold', 0)))]);
  },
  /** x where it is not missing, which is NaN or another marked value, else the column's own value. */
  'ai.onnx.ml.Imputer': (context) => {
    const x = context.typed(0, 'float32');
    const marked = real(context.node, 'replaced_value_float', 0);
    const isMissing = Number.isNaN(marked) ? context.emit('IsNaN', [x]) : context.math.equal(x, marked);
    return context.outputs([context.math.where(isMissing, context.floats(requiredNumbers(context, ['imputed_value_floats'])), x)]);
  },
  /** The columns that the indices name; a vector counts as one row. */
  'ai.onnx.ml.ArrayFeatureExtractor': (context) => {
    const x = context.input(0);
    const columns = context.typed(1, 'int64', 'int32');
    const count = columns.shape.reduce((product, size) => product * size, 1);
    const rows = x.shape.length === 1 ? context.math.reshape(x, [1, ...x.shape]) : x;
    return context.result('Gather', [rows, context.math.reshape(columns, [count])], { axis: rows.shape.length - 1 });
  },
  'ai.onnx.ml.FeatureVectorizer': (context) => {
    const sizes = numbersOf(context, 'inputdimensions');
    const parts = context.inputs.map((_, index) => {
      const x = asReal(context, index);
      const rows = x.shape.length === 1 ? context.math.reshape(x, [...x.shape, 1]) : x;
      if (sizes && sizes[index] !== rows.shape[1]) throw context.invalid(`input ${index} must have ${sizes[index]} columns, got ${rows.shape[1]}`);
      return rows;
    });
    return context.outputs([context.math.concat(parts, 1)]);
  },
  /** A column for each category. */
  'ai.onnx.ml.OneHotEncoder': (context) => {
    const x = context.typed(0, 'float32', 'int64', 'int32');
    const categories = requiredNumbers(context, ['cats_int64s']);
    if (!flag(context.node, 'zeros', 1)) throw context.invalid('zeros must be 1 (no error for unknown categories), got 0');
    const known = x.dtype === 'float32' ? context.floats(categories) : context.constantOfTensor(generate({ dtype: x.dtype, shape: [categories.length] }, (index) => categories[index]));
    return context.outputs([context.math.mask(context.math.equal(context.math.reshape(x, [...x.shape, 1]), known))]);
  },
  'ai.onnx.ml.LabelEncoder': labelEncoder,
  /** A table with the classes' names as keys, of which the scores are kept. */
  'ai.onnx.ml.ZipMap': (context) => context.result('Identity', [context.typed(0, 'float32')]),
};

function asReal(context: NodeContext, index = 0): ValueInfo {
  const x = context.input(index);
  return x.dtype === 'float32' ? x : context.emit('Cast', [x], { to: ONNX_TYPE.float32 });
}

/** The value that stands for each key: among the keys the matching one is looked up, behind them lies the default. */
function labelEncoder(context: NodeContext): ValueInfo[] {
  const { math } = context;
  const x = context.input(0);
  const values = tableOf(context, 'values', 'default');
  const strings = stringsOf(context, 'keys_strings') ?? (x.dtype === 'string' ? stringsOf(context, 'keys_tensor') : undefined);
  const given = strings ? undefined : numbersOf(context, 'keys_int64s', 'keys_floats', 'keys_tensor');
  const count = strings?.length ?? given?.length ?? 0;
  if (count === 0 || values.shape[0] !== count + 1) throw context.invalid(`it must have as many keys as values, got ${count} and ${values.shape[0] - 1}`);
  if (strings) {
    const constant = context.valueOf(x);
    if (!constant) throw context.invalid("strings can only be looked up before the model runs");
    const found = Array.from<unknown, number>(constant.data, (value) => strings.indexOf(String(value)));
    return context.result('Gather', [context.constantOfTensor(values), context.constantOfTensor(int64(found.map((index) => (index < 0 ? count : index)), x.shape))], { axis: 0 });
  }
  const keys = context.constantOfTensor(generate({ dtype: x.dtype, shape: [count] }, (index) => given?.[index] ?? 0));
  const hits = math.mask(math.equal(math.reshape(x, [...x.shape, 1]), keys));
  const rank = x.shape.length;
  const unknown = math.sub(1, context.emit('ReduceMax', [hits], { axes: [rank], keepdims: 1 }));
  return context.result('Gather', [context.constantOfTensor(values), context.emit('ArgMax', [math.concat([hits, unknown], rank)], { axis: rank, keepdims: 0 })], { axis: 0 });
}

/** The values of a LabelEncoder, the default behind them. */
function tableOf(context: NodeContext, values: string, fallback: string): Tensor {
  const { attributes } = context.node;
  const strings = stringsOf(context, `${values}_strings`);
  if (strings) return tensor('string', [...strings, String(attributes[`${fallback}_string`] ?? '_Unused')], [strings.length + 1]);
  const given = attributes[`${values}_tensor`];
  if (typeof given === 'object' && 'dtype' in given) {
    const otherwise = attributes[`${fallback}_tensor`];
    const last = typeof otherwise === 'object' && 'dtype' in otherwise ? otherwise.data[0] : given.dtype === 'string' ? '_Unused' : given.dtype === 'float32' ? -0 : -1;
    return generate({ dtype: given.dtype, shape: [given.data.length + 1] }, (index) => given.data[index] ?? last);
  }
  const reals = numbersOf(context, `${values}_floats`);
  const numbers = reals ?? requiredNumbers(context, [`${values}_int64s`]);
  const last = Number(attributes[`${fallback}_${reals ? 'float' : 'int64'}`] ?? (reals ? -0 : -1));
  return generate({ dtype: reals ? 'float32' : 'int64', shape: [numbers.length + 1] }, (index) => numbers[index] ?? last);
}
