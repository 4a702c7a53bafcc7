import type { ValueInfo } from '../../../../graph/graph';
import { ONNX_TYPE } from '../../../../graph/onnxTypes';
import { choice, integer } from '../../../../operators/attributes';
import type { NodeContext, Upgrade } from '../../nodeContext';
import { numbersOf, requiredNumbers, stringsOf } from './lists';
import { classLabels, classified, postTransformOf, transformed } from './scores';
import { MODES, forestScores, type Forest, type TreeNode } from './trees';

/** Decision trees, and sums of them, as scikit-learn, LightGBM, XGBoost and CatBoost are exported. */
export const forestUpgrades: Readonly<Record<string, Upgrade>> = {
  'ai.onnx.ml.TreeEnsembleRegressor': (context) => {
    const forest = listedForest(context, 'target', integer(context.node, 'n_targets', 1));
    const scores = forestScores(context, forest, features(context), choice(context.node, 'aggregate_function', ['SUM', 'AVERAGE', 'MIN', 'MAX'], 'SUM'));
    return context.outputs([transformed(context, withBase(context, scores, forest.targets))]);
  },
  'ai.onnx.ml.TreeEnsembleClassifier': treeClassifier,
  'ai.onnx.ml.TreeEnsemble': (context) => {
    const aggregate = (['AVERAGE', 'SUM', 'MIN', 'MAX'] as const)[integer(context.node, 'aggregate_function', 1)];
    if (!aggregate) throw context.invalid(`aggregate_function must lie in [0, 3], got ${integer(context.node, 'aggregate_function', 1)}`);
    return context.outputs([transformed(context, forestScores(context, splitForest(context), features(context), aggregate))]);
  },
};

const features = (context: NodeContext): ValueInfo => {
  const x = context.ranked(0, 2);
  return x.dtype === 'float32' ? x : context.emit('Cast', [x], { to: ONNX_TYPE.float32 });
};

function withBase(context: NodeContext, scores: ValueInfo, targets: number): ValueInfo {
  const base = numbersOf(context, 'base_values', 'base_values_as_tensor');
  if (!base || base.length === 0) return scores;
  if (base.length !== targets && base.length !== 1) throw context.invalid(`base_values must be ${targets} numbers, got ${base.length}`);
  return context.math.add(scores, context.floats(base));
}

/**
 * A score for each class and the label of the largest. Two classes whose leaves all score one class are that score and
 * its complement (1 - s where all weights are positive, as probabilities are, else -s).
 */
function treeClassifier(context: NodeContext): ValueInfo[] {
  const { math } = context;
  const labels = classLabels(context);
  const count = labels.shape[0];
  const ids = requiredNumbers(context, ['class_ids']);
  const single = count === 2 && new Set(ids).size === 1 ? ids[0] : undefined;
  if (count < 2) throw context.invalid(`there must be 2 or more classes, got ${count}`);
  const scores = forestScores(context, listedForest(context, 'class', count), features(context), 'SUM');
  if (single === undefined) {
    const sums = withBase(context, scores, count);
    return classified(context, labels, sums, transformed(context, sums));
  }
  const base = numbersOf(context, 'base_values', 'base_values_as_tensor') ?? [];
  const sum = math.slice(scores, 1, single, single + 1);
  const score = base.length === 0 ? sum : math.add(sum, base[base.length - 1]);
  const isProbability = base.length < 2 && requiredNumbers(context, ['class_weights', 'class_weights_as_tensor']).every((weight) => weight >= 0);
  const both = math.concat([isProbability ? math.sub(1, score) : math.neg(score), score], 1);
  return classified(context, labels, both, isProbability && postTransformOf(context) !== 'PROBIT' ? both : transformed(context, both));
}

/** The trees of TreeEnsembleRegressor and -Classifier: parallel lists of nodes, and of weights (`target` or `class`) of leaves. */
function listedForest(context: NodeContext, kind: 'target' | 'class', targets: number): Forest {
  const trees = requiredNumbers(context, ['nodes_treeids']);
  const { length } = trees;
  const list = (name: string): number[] => requiredNumbers(context, [`nodes_${name}`], length);
  const [numbers, tested, yes, no] = ['nodeids', 'featureids', 'truenodeids', 'falsenodeids'].map(list);
  const values = requiredNumbers(context, ['nodes_values', 'nodes_values_as_tensor'], length);
  const modes = stringsOf(context, 'nodes_modes') ?? [];
  const missing = numbersOf(context, 'nodes_missing_value_tracks_true') ?? [];
  const positions = new Map(numbers.map((number, index) => [key(trees[index], number), index]));
  const leaves = leafWeights(context, kind);
  const nodes = numbers.map((number, index): TreeNode => {
    if (modes[index] === 'LEAF') return { weights: leaves.get(key(trees[index], number)) ?? [] };
    const mode = MODES.find((known) => known === modes[index]);
    if (!mode) throw context.invalid(`nodes_modes must be among ${MODES.join(', ')}, LEAF, got ${modes[index] ?? 'nothing'}`);
    const next = (child: number): number => positions.get(key(trees[index], child)) ?? -1;
    return { mode, feature: tested[index], value: values[index], yes: next(yes[index]), no: next(no[index]), missingYes: missing[index] === 1 };
  });
  const inner = new Set(nodes.flatMap((node) => ('mode' in node ? [node.yes, node.no] : [])));
  if (inner.has(-1)) throw context.invalid('its tests must lead to nodes of their tree');
  const roots = nodes.flatMap((_, index) => (inner.has(index) ? [] : [index]));
  if (new Set(roots.map((root) => trees[root])).size !== new Set(trees).size) throw context.invalid('each of its trees must have a node that no test leads to');
  return { nodes, roots, targets };
}

const key = (tree: number, node: number): string => `${tree} ${node}`;

/** The weights of each leaf by {@link key}. */
function leafWeights(context: NodeContext, kind: 'target' | 'class'): Map<string, { target: number; weight: number }[]> {
  const trees = requiredNumbers(context, [`${kind}_treeids`]);
  const [numbers, targets] = [`${kind}_nodeids`, `${kind}_ids`].map((name) => requiredNumbers(context, [name], trees.length));
  const weights = requiredNumbers(context, [`${kind}_weights`, `${kind}_weights_as_tensor`], trees.length);
  const leaves = new Map<string, { target: number; weight: number }[]>();
  for (const [index, tree] of trees.entries()) {
    const leaf = key(tree, numbers[index]);
    const own = leaves.get(leaf) ?? [];
    own.push({ target: targets[index], weight: weights[index] });
    leaves.set(leaf, own);
  }
  return leaves;
}

/** The trees of TreeEnsemble (version 5), whose tests and leaves are numbered apart. */
function splitForest(context: NodeContext): Forest {
  const tested = requiredNumbers(context, ['nodes_featureids']);
  const list = (name: string): number[] => requiredNumbers(context, [name], tested.length);
  const [values, modes, yes, no, yesLeaf, noLeaf] = ['nodes_splits', 'nodes_modes', 'nodes_truenodeids', 'nodes_falsenodeids', 'nodes_trueleafs', 'nodes_falseleafs'].map(list);
  const missing = numbersOf(context, 'nodes_missing_value_tracks_true') ?? [];
  const weights = requiredNumbers(context, ['leaf_weights']);
  const targets = requiredNumbers(context, ['leaf_targetids'], weights.length);
  const members = memberLists(numbersOf(context, 'membership_values') ?? []);
  const leaves: TreeNode[] = [];
  const leafOf = (index: number): TreeNode => {
    if (!(index >= 0 && index < weights.length)) throw context.invalid(`its leaves must be among ${weights.length}, got ${index}`);
    return { weights: [{ target: targets[index], weight: weights[index] }] };
  };
  const next = (child: number, isLeaf: number): number => (isLeaf === 1 ? tested.length + leaves.push(leafOf(child)) - 1 : child);
  const nodes = tested.map((feature, index): TreeNode => {
    if (yesLeaf[index] === 1 && noLeaf[index] === 1 && yes[index] === no[index]) return leafOf(yes[index]); // a tree without tests
    const mode = MODES.at(modes[index]);
    if (!mode || modes[index] < 0) throw context.invalid(`nodes_modes must lie in [0, ${MODES.length - 1}], got ${modes[index]}`);
    const among = mode === 'BRANCH_MEMBER' ? members.shift() : undefined;
    return { mode, feature, value: values[index], among, yes: next(yes[index], yesLeaf[index]), no: next(no[index], noLeaf[index]), missingYes: missing[index] === 1 };
  });
  return { nodes: [...nodes, ...leaves], roots: requiredNumbers(context, ['tree_roots']), targets: integer(context.node, 'n_targets', 1) };
}

/** The lists of `membership_values`, one for each BRANCH_MEMBER in order, that NaN ends. */
function memberLists(values: readonly number[]): number[][] {
  const lists: number[][] = [[]];
  for (const value of values) {
    if (Number.isNaN(value)) lists.push([]);
    else lists.at(-1)?.push(value);
  }
  return lists;
}
