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
  const visit = (name: string): void => {
    if (name === '') return;
    used.add(name);
    const node = producers.get(name);
    if (!node) {
      open.add(name);
      return;
    }
    if (state.get(node) === 'open') throw new LensError('invalid-model', `${node.op} '${node.name}': depends on its own output '${name}'`);
    if (state.has(node)) return;
    state.set(node, 'open');
    stack.push({ node, names: dependencies(node), next: 0 });
  };
  const needed = neededNodes(producers, outputs);
  for (const output of outputs) if (!producers.has(output)) visit(output);
  for (const root of nodes) {
    if (!needed.has(root)) continue;
    for (const output of root.outputs) if (producers.get(output) === root) visit(output);
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

/** The node's outputs with the unused ones omitted: several operators have outputs that only training needs. */
function usedOutputs(node: ParsedNode, used: ReadonlySet<string>): readonly string[] {
  const outputs = node.outputs.map((output) => (used.has(output) ? output : ''));
  if (node.op === 'Split') return outputs; // its number of outputs says how to split
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
