import type { Graph, GraphNode } from '../graph/graph';
import type { Model } from '../models/model';
import type { Rules } from '../operators/operator';

/** Operators on the way from the weights to the product with what they weigh. */
const PASSES: ReadonlySet<string> = new Set(['Cast', 'Concat', 'Div', 'Dropout', 'Expand', 'Flatten', 'Gather', 'Identity', 'Reshape', 'Slice', 'Split', 'Squeeze', 'Transpose', 'Unsqueeze', 'Where']);

const PRODUCTS: ReadonlySet<string> = new Set(['Einsum', 'MatMul', 'Mul']);

/**
 * DeepLift's rules, but for Softmax within attention that is no module of its own (`torch.softmax`,
 * `nn.MultiheadAttention`, `scaled_dot_product_attention`): it keeps its derivative, as in Captum, which has rules for
 * modules only. No publication has a rule for it, and that of `nn.Softmax` divides by the difference of a score from its
 * reference's, one among thousands, of which the smallest are rounding. Operators of other types have their rule also
 * where they are no modules, and so has a Softmax that weighs nothing, as at the end of a classifier.
 */
export function exceptAttention(rules: Rules | undefined, { layers = [] }: Pick<Model, 'layers'>): Rules {
  const modules = layers.filter(({ isModule, op }) => isModule && op === 'Softmax');
  const isModule = ({ name, outputs }: GraphNode): boolean => modules.some((layer) => layer.name === name || outputs.includes(layer.output));
  return (node, graph) => (node.op === 'Softmax' && !isModule(node) && weighs(node, graph) ? undefined : rules?.(node, graph));
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
