import { LensError } from '../../../../protocol/errors';
import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE, engineType, onnxTypeName } from '../../../graph/onnxTypes';
import { integer } from '../../../operators/attributes';
import { float32, int64, tensor, type Tensor } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';
import { wasSmallFloat } from '../smallFloats';

/** Constants, shapes, and operators that name an element type. */
export const typeUpgrades: Readonly<Record<string, Upgrade>> = {
  Cast: (context) => castTo(context, engineTypeOf(context, 'to')),
  CastLike: (context) => {
    if (wasSmallFloat(context.constant(1))) throw new LensError('unsupported-operator', `CastLike '${context.node.name}': rounding to 8 bits and less is not supported`);
    return castTo(context, ONNX_TYPE[context.input(1).dtype]);
  },
  EyeLike: withEngineType,
  Constant: (context) => context.constantResult(constantValue(context)),
  Shape: (context) => {
    const { shape } = context.input(0);
    return context.constantResult(sizes(shape.slice(integer(context.node, 'start', 0), Math.min(integer(context.node, 'end', shape.length), shape.length))));
  },
  Size: (context) => context.constantResult(int64([context.input(0).shape.reduce((product, dim) => product * dim, 1)], [])),
};

const sizes = (values: readonly number[]): Tensor => int64(values, [values.length]);

function castTo(context: NodeContext, to: number): ValueInfo[] {
  return context.result('Cast', [context.input(0)], { to });
}

function withEngineType(context: NodeContext): ValueInfo[] | undefined {
  if (!Object.hasOwn(context.node.attributes, 'dtype')) return undefined;
  return context.result(context.node.op, context.inputs, { ...context.node.attributes, dtype: engineTypeOf(context, 'dtype') });
}

/** The ONNX number of the engine's type for the one that an attribute names: float32 in place of float16 and float64. */
function engineTypeOf(context: NodeContext, attribute: string): number {
  const declared = integer(context.node, attribute);
  const dtype = engineType(declared);
  if (!dtype) throw new LensError('unsupported-operator', `${context.node.op} '${context.node.name}': element type ${onnxTypeName(declared)} is not supported`);
  return ONNX_TYPE[dtype];
}

function constantValue(context: NodeContext): Tensor {
  for (const [name, value] of Object.entries(context.node.attributes)) {
    if ((name === 'value' || name === 'sparse_value') && typeof value === 'object' && 'dtype' in value) return value;
    if (name === 'value_float' && typeof value === 'number') return float32([value], []);
    if (name === 'value_int' && typeof value === 'number') return int64([value], []);
    if (name === 'value_string' && typeof value === 'string') return tensor('string', [value], []);
    if (!Array.isArray(value)) continue;
    if (name === 'value_floats') return float32(value, [value.length]);
    if (name === 'value_ints') return sizes(value);
    if (name === 'value_strings') return tensor('string', value.map(String), [value.length]);
  }
  throw context.invalid('has no value');
}
