import { operatorOf } from '../operators/registry';
import { sizeOf, type Tensor } from '../tensor';
import { cancelTransposes } from './cancelTransposes';
import type { Graph, GraphNode, ValueInfo } from './graph';
import { prune } from './prune';
import { foldBatchNormalizations } from './simplifyBatchNorm';

export interface SimplifyOptions {
  /** Values that must still be computed under their names, besides the outputs: layers that will be attributed to. Default: none. */
  keep?: Iterable<string>;
}

/** Results with more elements than this are left to the runtime. */
const MAX_FOLDED_ELEMENTS = 2 ** 20;

/** Operators that return their first input when its shape and type are already those of the result. */
const RESHAPING: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Expand', 'Cast']);

/**
 * An equal graph with less to do: constants are computed, nodes that return their input are dropped, Transposes that
 * undo each other disappear, and a BatchNormalization goes into the weights of the Conv before it. Surviving nodes keep their names; the output of a
 * Conv that took in a BatchNormalization is the BatchNormalization's, its own is gone unless it is kept.
 */
export function simplify(graph: Graph, { keep = [] }: SimplifyOptions = {}): Graph {
  const kept = new Set([...keep, ...graph.outputs]);
  const moved = cancelTransposes(dropIdentities(foldConstants(graph), kept), kept);
  return prune(foldBatchNormalizations(moved, kept));
}

/** Replaces nodes whose inputs are all constant by their results. */
function foldConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.filter((node) => {
    const results = evaluated(graph, node, constants);
    for (const [index, output] of node.outputs.entries()) if (results && output !== '') constants.set(output, results[index]);
    return !results;
  });
  return { ...graph, nodes, constants };
}

function evaluated(graph: Graph, node: GraphNode, constants: ReadonlyMap<string, Tensor>): Tensor[] | undefined {
  if (!node.inputs.every((input) => input === '' || constants.has(input))) return undefined;
  const { evaluate, infer } = operatorOf(node);
  if (!evaluate) return undefined;
  const inputs = node.inputs.map((input) => constants.get(input));
  const values = node.inputs.map((input) => graph.values.get(input));
  const outputs = infer({ node, inputs: values, constant: (index) => inputs[index] });
  const elements = [...inputs, ...outputs].reduce((total, item) => total + (item ? sizeOf(item.shape) : 0), 0);
  return elements <= MAX_FOLDED_ELEMENTS ? evaluate(inputs, node, outputs) : undefined;
}

/** Lets the users of a node that returns its input read that input instead. */
function dropIdentities(graph: Graph, kept: ReadonlySet<string>): Graph {
  const sources = new Map<string, string>();
  const source = (name: string): string => sources.get(name) ?? name;
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const [output, ...others] = node.outputs;
    const isDropped = isIdentity(node, graph.values) && !kept.has(output) && others.every((other) => other === '');
    if (isDropped) sources.set(output, source(node.inputs[0]));
    else nodes.push(node.inputs.some((input) => sources.has(input)) ? { ...node, inputs: node.inputs.map(source) } : node);
  }
  return { ...graph, nodes };
}

function isIdentity(node: GraphNode, values: ReadonlyMap<string, ValueInfo>): boolean {
  if (node.op === 'Identity' || node.op === 'Dropout') return true;
  const from = values.get(node.inputs[0]);
  const to = values.get(node.outputs[0]);
  if (!RESHAPING.has(node.op) || !from || !to || from.dtype !== to.dtype) return false;
  return from.shape.length === to.shape.length && from.shape.every((dim, axis) => dim === to.shape[axis]);
}
