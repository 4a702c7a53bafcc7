import type { ValueInfo } from '../../../../graph/graph';
import { generate } from '../../../../operators/strided';
import { float32, int64 } from '../../../../tensor';
import type { NodeContext } from '../../nodeContext';

/** A node of a decision tree: a test that leads to one of two nodes, or a leaf. */
export type TreeNode = Leaf | Test;

export interface Leaf {
  readonly weights: readonly { readonly target: number; readonly weight: number }[];
}

/** Whether x[feature] compares with the value, or is `among` several; `yes` and `no` are the positions of the next nodes. */
export interface Test {
  readonly mode: Mode;
  readonly feature: number;
  readonly value: number;
  readonly among?: readonly number[] | undefined;
  readonly yes: number;
  readonly no: number;
  /** Whether a missing (NaN) x[feature] leads to `yes` in any case. */
  readonly missingYes: boolean;
}

/** In the order of their numbers in TreeEnsemble. */
export const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ', 'BRANCH_MEMBER'] as const;
export type Mode = (typeof MODES)[number];

export interface Forest {
  readonly nodes: readonly TreeNode[];
  /** The position of each tree's first node. */
  readonly roots: readonly number[];
  readonly targets: number;
}

export type Aggregate = 'SUM' | 'AVERAGE' | 'MIN' | 'MAX';

const isLeaf = (node: TreeNode): node is Leaf => 'weights' in node;

/**
 * The scores [N, targets] of x [N, features]: all trees are walked down at once, one step for each level, by looking up
 * the node that every example has reached in every tree (the tree traversal of Nakandala et al., "A tensor compiler for
 * unified machine learning prediction serving", 2020). Trees are piecewise constant: no gradient passes.
 */
export function forestScores(context: NodeContext, { nodes, roots, targets }: Forest, x: ValueInfo, aggregate: Aggregate): ValueInfo {
  const { math } = context;
  const [batch, features] = x.shape;
  const depth = depthOf(context, nodes, roots);
  const tests = nodes.map((node, position) => (isLeaf(node) ? { feature: 0, value: 0, among: undefined, yes: position, no: position, missing: false } : normalised(node)));
  const wide = tests.find(({ feature }) => !(feature >= 0 && feature < features));
  if (wide) throw context.invalid(`its nodes must test features below ${features}, got ${wide.feature}`);
  const look = (values: ValueInfo, at: ValueInfo): ValueInfo => context.emit('Gather', [values, at], { axis: 0 });
  const whole = (values: readonly number[]): ValueInfo => context.constantOfTensor(int64(values, [values.length]));
  const flags = (values: readonly boolean[]): ValueInfo => context.constantOfTensor(generate({ dtype: 'bool', shape: [values.length] }, (index) => values[index]));
  const table = {
    feature: whole(tests.map(({ feature }) => feature)),
    value: context.floats(tests.map(({ value }) => value)),
    yes: whole(tests.map(({ yes }) => yes)),
    no: whole(tests.map(({ no }) => no)),
    missing: tests.some(({ missing }) => missing) ? flags(tests.map(({ missing }) => missing)) : undefined,
  };
  const isAmong = amongTest(context, tests.map(({ among }) => among));
  let at = math.expand(context.constantOfTensor(int64(roots, [1, roots.length])), [batch, roots.length]);
  for (let level = 0; level < depth; level++) {
    context.countRound(10);
    const value = context.emit('GatherElements', [x, look(table.feature, at)], { axis: 1 });
    const bound = look(table.value, at);
    let holds = context.emit('LessOrEqual', [value, bound]);
    if (isAmong) holds = context.emit('Or', [holds, isAmong(value, at)]);
    if (table.missing) holds = context.emit('Or', [holds, math.and(context.emit('IsNaN', [value]), look(table.missing, at))]);
    at = math.where(holds, look(table.yes, at), look(table.no, at));
  }
  return aggregated(context, { nodes, roots, targets }, at, aggregate);
}

/** Combines the leaves that the examples reached, [N, trees], over the trees. */
function aggregated(context: NodeContext, { nodes, roots, targets }: Forest, leaves: ValueInfo, aggregate: Aggregate): ValueInfo {
  const { matMul, div } = context.math;
  const weights = nodes.map((node) => (isLeaf(node) ? node.weights : []));
  const wrong = weights.flat().find(({ target }) => !(target >= 0 && target < targets));
  if (wrong) throw context.invalid(`its leaves must have targets below ${targets}, got ${wrong.target}`);
  if (aggregate === 'SUM' || aggregate === 'AVERAGE') {
    const owners = ownTargets(nodes, roots);
    const sum = owners
      ? matMul(
          context.emit('Gather', [context.floats(weights.map(([first]) => first?.weight ?? 0)), leaves], { axis: 0 }),
          context.constantOfTensor(generate({ dtype: 'float32', shape: [roots.length, targets] }, (index) => owners[Math.floor(index / targets)] === index % targets)),
        )
      : context.emit('ReduceSum', [perTarget(context, weights, targets, 0, leaves), context.integers([1])], { keepdims: 0 });
    return aggregate === 'SUM' ? sum : div(sum, roots.length);
  }
  const [op, none] = aggregate === 'MIN' ? ['ReduceMin', Infinity] : ['ReduceMax', -Infinity];
  const extreme = context.emit(op, [perTarget(context, weights, targets, none, leaves)], { axes: [1], keepdims: 0 });
  return context.math.where(context.math.equal(extreme, none), 0, extreme);
}

/** The weights of the leaves for each target, [N, trees, targets]; `none` where a leaf has none. */
function perTarget(context: NodeContext, weights: readonly Leaf['weights'][], targets: number, none: number, leaves: ValueInfo): ValueInfo {
  const table = new Float32Array(weights.length * targets).fill(none);
  for (const [position, own] of weights.entries()) {
    for (const { target, weight } of own) {
      const at = position * targets + target;
      table[at] = (table[at] === none ? 0 : table[at]) + weight;
    }
  }
  return context.emit('Gather', [context.constantOfTensor(float32(table, [weights.length, targets])), leaves], { axis: 0 });
}

/** The one target that each tree has; undefined when some tree has several. */
function ownTargets(nodes: readonly TreeNode[], roots: readonly number[]): (number | undefined)[] | undefined {
  const owners: (number | undefined)[] = [];
  for (const root of roots) {
    let owner: number | undefined;
    const open = [root];
    const seen = new Set<number>();
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      if (seen.has(position)) continue;
      seen.add(position);
      const node = nodes[position];
      if (!isLeaf(node)) {
        open.push(node.yes, node.no);
        continue;
      }
      const [first, second] = node.weights;
      if (second || (first && owner !== undefined && owner !== first.target)) return undefined;
      owner = first?.target ?? owner;
    }
    owners.push(owner);
  }
  return owners;
}

/** Whether a value is among those that the node it has reached lists; undefined when no node lists any. */
function amongTest(context: NodeContext, lists: readonly (readonly number[] | undefined)[]): ((value: ValueInfo, at: ValueInfo) => ValueInfo) | undefined {
  const { math } = context;
  const longest = Math.max(...lists.map((list) => list?.length ?? 0));
  if (longest === 0) return undefined;
  const table = context.constantOfTensor(generate({ dtype: 'float32', shape: [lists.length, longest] }, (index) => lists[Math.floor(index / longest)]?.[index % longest] ?? NaN));
  return (value, at) => {
    const hits = math.mask(math.equal(math.reshape(value, [...value.shape, 1]), context.emit('Gather', [table, at], { axis: 0 })));
    return math.greater(context.emit('ReduceMax', [hits], { axes: [2], keepdims: 0 }), 0);
  };
}

/** A test as "x <= value" or as "x is among" some: x < v is x <= the number before v, and the opposites exchange yes and no. */
function normalised({ mode, feature, value, among = [value], yes, no, missingYes }: Test): { feature: number; value: number; among: readonly number[] | undefined; yes: number; no: number; missing: boolean } {
  // a missing value compares with nothing; only "not equal" holds for it
  switch (mode) {
    case 'BRANCH_LEQ':
      return { feature, value, among: undefined, yes, no, missing: missingYes };
    case 'BRANCH_LT':
      return { feature, value: before(value), among: undefined, yes, no, missing: missingYes };
    case 'BRANCH_GT':
      return { feature, value, among: undefined, yes: no, no: yes, missing: !missingYes };
    case 'BRANCH_GTE':
      return { feature, value: before(value), among: undefined, yes: no, no: yes, missing: !missingYes };
    case 'BRANCH_EQ':
    case 'BRANCH_MEMBER':
      return { feature, value: NaN, among, yes, no, missing: missingYes };
    case 'BRANCH_NEQ':
      return { feature, value: NaN, among, yes: no, no: yes, missing: false };
  }
}

/** The largest float32 below a number. */
function before(value: number): number {
  const number = Float32Array.of(value);
  const bits = new Int32Array(number.buffer);
  if (number[0] === 0) return -(2 ** -149);
  bits[0] += number[0] > 0 ? -1 : 1;
  return number[0];
}

/** The number of tests on the longest way down; ways may meet again. Throws when one leads back to where it was. */
function depthOf(context: NodeContext, nodes: readonly TreeNode[], roots: readonly number[]): number {
  const depths = new Map<number, number | 'open'>();
  const stack = [...roots];
  for (let position = stack.at(-1); position !== undefined; position = stack.at(-1)) {
    const node = position < 0 ? undefined : nodes[position];
    if (!node) throw context.invalid(`its tests must lead to one of ${nodes.length} nodes, got ${position}`);
    const next = isLeaf(node) ? [] : [node.yes, node.no];
    if (depths.has(position)) {
      stack.pop();
      if (depths.get(position) === 'open') depths.set(position, Math.max(-1, ...next.map((child) => Number(depths.get(child)))) + 1);
      continue;
    }
    depths.set(position, 'open');
    for (const child of next) {
      if (depths.get(child) === 'open') throw context.invalid('its tests must not lead back to where they were');
      if (!depths.has(child)) stack.push(child);
    }
  }
  return Math.max(0, ...roots.map((root) => Number(depths.get(root))));
}
