import { LensError } from '../../../protocol/errors';
import type { ParsedNode } from './parsedModel';

export interface OrderedNodes {
  /** The nodes that the outputs need, each after those that it depends on; otherwise in the file's order. */
  readonly nodes: ParsedNode[];
  /** Every name that these nodes and the outputs use. */
  readonly used: ReadonlySet<string>;
  /** Used names that no node produces: weights, inputs, and values of a surrounding graph. */
  readonly open: ReadonlySet<string>;
}

/** Drops what the outputs do not need and sorts the rest. Throws `invalid-model` for a value defined twice and for cycles. */
export function orderNodes(nodes: readonly ParsedNode[], outputs: readonly string[]): OrderedNodes {
  const producers = producersOf(nodes);
  const used = new Set<string>();
  const open = new Set<string>();
  const sorted: ParsedNode[] = [];
  const state = new Map<ParsedNode, 'open' | 'done'>();
  const stack: { node: ParsedNode; names: readonly string[]; next: number }[] = [];
  const enter = (node: ParsedNode): void => {
    state.set(node, 'open');
    stack.push({ node, names: dependencies(node), next: 0 });
  };
  const visit = (name: string): void => {
    if (name === '') return;
    used.add(name);
    const node = producers.get(name);
    if (!node) open.add(name);
    else if (!state.has(node)) enter(node);
    else if (state.get(node) === 'open') throw new LensError('invalid-model', `${node.op} '${node.name}': depends on its own output '${name}'`);
  };
  const needed = neededNodes(producers, outputs);
  for (const output of outputs) {
    used.add(output);
    if (!producers.has(output)) open.add(output);
  }
  for (const root of nodes) {
    if (!needed.has(root) || state.has(root)) continue;
    enter(root);
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      if (frame.next < frame.names.length) {
        visit(frame.names[frame.next++]);
        continue;
      }
      stack.pop();
      state.set(frame.node, 'done');
      sorted.push(frame.node);
    }
  }
  return { nodes: sorted.map((node) => ({ ...node, outputs: usedOutputs(node, used) })), used, open };
}

/** Operators with outputs that may be left out: several have some that only training needs. */
const OPTIONAL_OUTPUTS: ReadonlySet<string> = new Set([
  'Attention',
  'BatchNormalization',
  'com.microsoft.Attention',
  'com.microsoft.EmbedLayerNormalization',
  'com.microsoft.MultiHeadAttention',
  'com.microsoft.SkipLayerNormalization',
  'com.microsoft.SkipSimplifiedLayerNormalization',
  'Dropout',
  'GRU',
  'LayerNormalization',
  'LSTM',
  'MaxPool',
  'RNN',
  'SoftmaxCrossEntropyLoss',
]);

/** The node's outputs, unused ones omitted where that is allowed. */
function usedOutputs(node: ParsedNode, used: ReadonlySet<string>): readonly string[] {
  if (!OPTIONAL_OUTPUTS.has(node.op)) return node.outputs;
  const outputs = node.outputs.map((output) => (used.has(output) ? output : ''));
  return outputs.slice(0, outputs.findLastIndex((output) => output !== '') + 1);
}

/** The names a node depends on, those that its branches use from outside included. */
const dependencies = (node: ParsedNode): string[] => [...node.inputs, ...Object.values(node.bodies).flatMap((body) => body.captures)];

function producersOf(nodes: readonly ParsedNode[]): Map<string, ParsedNode> {
  const producers = new Map<string, ParsedNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      const other = producers.get(output);
      if (other) throw new LensError('invalid-model', `The value '${output}' is defined twice: by ${other.op} '${other.name}' and by ${node.op} '${node.name}'`);
      producers.set(output, node);
    }
  }
  return producers;
}

function neededNodes(producers: ReadonlyMap<string, ParsedNode>, outputs: readonly string[]): Set<ParsedNode> {
  const needed = new Set<ParsedNode>();
  const names = [...outputs];
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const node = producers.get(name);
    if (!node || needed.has(node)) continue;
    needed.add(node);
    for (const dependency of dependencies(node)) names.push(dependency);
  }
  return needed;
}
