import { int64, type Tensor } from '../tensor';
import type { Graph, GraphNode, ValueInfo } from './graph';

/** Operators that ONNX has from opset 18 on. */
const NEWER: ReadonlySet<string> = new Set(['BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'BitwiseXor']);

/** Whether a graph must be written as opset 18. */
export const needsOpset18 = ({ nodes }: Graph): boolean => nodes.some(({ op }) => NEWER.has(op));

/** The graph in the form of opset 18, as far as it differs from that of 17: reductions have their axes as an input, and Split says the number of its parts. */
export function inOpset18(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const values = new Map(graph.values);
  const nodes = graph.nodes.map((node) => {
    if (node.op === 'Split' && !node.inputs[1]) return { ...node, inputs: node.inputs.slice(0, 1), attributes: { ...node.attributes, num_outputs: node.outputs.length } };
    const { axes, ...attributes } = node.attributes;
    if (!node.op.startsWith('Reduce') || !Array.isArray(axes)) return node;
    return { ...node, attributes, inputs: [...node.inputs, axesOf(node, axes.map(Number), constants, values)] };
  });
  return { ...graph, nodes, constants, values };
}

/** The name of a new constant. */
function axesOf({ name: node }: GraphNode, axes: readonly number[], constants: Map<string, Tensor>, values: Map<string, ValueInfo>): string {
  let name = `${node}/axes`;
  while (values.has(name)) name += '_';
  const value = int64(axes, [axes.length]);
  constants.set(name, value);
  values.set(name, { name, dtype: 'int64', shape: value.shape });
  return name;
}
