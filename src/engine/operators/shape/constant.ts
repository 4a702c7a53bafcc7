import type { GraphNode } from '../../graph/graph';
import { float32, int64, type Tensor } from '../../tensor';
import { integer, integers, real } from '../attributes';
import { invalid } from '../context';
import type { Operator } from '../operator';
import { toTfjs } from '../tfjsTensor';

/** A tensor given by an attribute. Importers make constants of the graph of it. */
export const constant: Operator = {
  type: 'Constant',
  infer({ node }) {
    const { dtype, shape } = valueOf(node);
    return [{ dtype, shape }];
  },
  derivative: 'zero',
  evaluate: (_inputs, node) => [valueOf(node)],
  tfjs: ({ tf, node }) => [toTfjs(tf, valueOf(node))],
};

function valueOf(node: GraphNode): Tensor {
  const { value, value_floats: floats } = node.attributes;
  if (typeof value === 'object' && 'dtype' in value) return value;
  if (Array.isArray(floats)) return float32(floats.map(Number), [floats.length]);
  if (Object.hasOwn(node.attributes, 'value_float')) return float32([real(node, 'value_float')], []);
  if (Object.hasOwn(node.attributes, 'value_int')) return int64([integer(node, 'value_int')], []);
  const list = integers(node, 'value_ints');
  if (list) return int64(list, [list.length]);
  throw invalid(node, `one of value, value_float, value_floats, value_int and value_ints is required, got ${Object.keys(node.attributes).join(', ') || 'nothing'}`);
}
