import type { Graph, GraphNode } from '../graph/graph';
import type { Model } from '../models/model';
import type { Rules } from '../operators/operator';

const PRODUCTS: ReadonlySet<string> = new Set(['Einsum', 'MatMul', 'Mul']);

/** Operators on the way from attention's weights to the product with what they weigh. */
const PASSES: ReadonlySet<string> = new Set(['Cast', 'Concat', 'Div', 'Dropout', 'Expand', 'Flatten', 'Gather', 'Identity', 'Reshape', 'Slice', 'Split', 'Squeeze', 'Transpose', 'Unsqueeze', 'Where']);

/** Operators that activations are written with, besides those that have a rule. */
const ELEMENTWISE: ReadonlySet<string> = new Set(['Abs', 'Add', 'Cast', 'Div', 'Erf', 'Exp', 'Identity', 'Log', 'Mul', 'Neg', 'Pow', 'Reciprocal', 'Sqrt', 'Sub']);

/**
 * DeepLift's rules, but for nodes that are no modules of their own and only a part of something for which Captum, which has
 * rules for modules only, has none; they keep their derivative, as there:
 *
 * - Softmax within attention (`torch.softmax`, `nn.MultiheadAttention`, `scaled_dot_product_attention`). No publication
 *   has a rule for it, and that of `nn.Softmax` divides by the difference of a score from its reference's, one among
 *   thousands, of which the smallest are rounding. A Softmax that weighs nothing, as at the end of a classifier, has it.
 * - Sigmoid, Tanh and others in an activation that is a product (SiLU `x * sigmoid(x)`, Mish, GELU by tanh): the rescale rule
 *   of a part is not that of the whole, and adds up no better than the derivative.
 *
 * All others have their rule also where they are no modules.
 */
export function exceptParts(rules: Rules, { layers = [] }: Pick<Model, 'layers'>): Rules {
  const modules = layers.filter(({ isModule }) => isModule);
  const isModule = ({ name, op, outputs }: GraphNode): boolean => modules.some((layer) => layer.op === op && (layer.name === name || outputs.includes(layer.output)));
  return (node, graph) => {
    const rule = rules(node, graph);
    if (!rule || node.op === 'MaxPool' || isModule(node)) return rule;
    return (node.op === 'Softmax' ? weighs(node, graph) : isFactor(node, graph, rules)) ? undefined : rule;
  };
}

/** Whether what a node computes is multiplied with another value that depends on the inputs. */
function weighs(weights: GraphNode, { nodes, constants }: Graph): boolean {
  const reached = new Set(weights.outputs);
  for (const { op, inputs, outputs } of nodes) {
    if (!inputs.some((name) => reached.has(name))) continue;
    const isProduct = PRODUCTS.has(op);
    if (isProduct && inputs.some((name) => name !== '' && !reached.has(name) && !constants.has(name))) return true;
    if (isProduct || PASSES.has(op)) for (const output of outputs) reached.add(output);
  }
  return false;
}

/** Whether a node is a factor of a product whose other factor is, element by element, a function of the same value. */
function isFactor(part: GraphNode, graph: Graph, rules: Rules): boolean {
  const origins = new Map<string, string>();
  const originOf = (name: string): string => origins.get(name) ?? name;
  const reached = new Set<string>();
  for (const node of graph.nodes) {
    const { op, inputs, outputs } = node;
    if (!ELEMENTWISE.has(op) && (op === 'Softmax' || op === 'MaxPool' || !rules(node, graph))) continue;
    const values = inputs.filter((name) => name !== '' && !graph.constants.has(name));
    if (new Set(values.map(originOf)).size !== 1) continue;
    origins.set(outputs[0], originOf(values[0]));
    const isReached = values.map((name) => reached.has(name));
    if (op === 'Mul' && isReached.includes(true) && isReached.includes(false)) return true;
    if (node === part || isReached.includes(true)) reached.add(outputs[0]);
  }
  return false;
}

const PART = ' (part)';

/** The graph in which the nodes that {@link exceptParts} leaves without their rule are known by name, also once it is rewritten. */
export function markParts(graph: Graph, rules: Rules, model: Pick<Model, 'layers'>): Graph {
  const kept = exceptParts(rules, model);
  return { ...graph, nodes: graph.nodes.map((node) => (rules(node, graph) && !kept(node, graph) ? { ...node, name: node.name + PART } : node)) };
}

/** The rules of a graph of {@link markParts}. */
export const exceptMarked =
  (rules: Rules | undefined): Rules =>
  (node, graph) =>
    node.name.endsWith(PART) ? undefined : rules?.(node, graph);
