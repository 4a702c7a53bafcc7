import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { TensorProto_DataType as Type, type NodeProto } from '../../../src/engine/graph/onnx_pb';
import type { Attribute } from '../../../src/engine/graph/graph';
import { loadModel } from '../../../src/engine/models/loadModel';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, int64, tensor } from '../../../src/engine/tensor';
import { assertAllClose, assertClose, onnxRuntime } from '../operators/support';
import { runOnOthers } from '../operators/otherExecutors';
import { ints, node, onnx, port } from './onnxBuilder';
import { verifyModels, type ModelCase } from './writtenOut';

const tabular = (op: string, attributes: Record<string, Attribute>, inputs = ['x'], outputs = ['y']): NodeProto[] => [node(op, inputs, outputs, attributes, { domain: 'ai.onnx.ml' })];
const common = { opset: 17, tabularOpset: 3 };
const x = float32([0.5, 1, -1, 2, -0.25, 1, 3, 0, 0.75, NaN, 1.5, 2, 1, NaN, 0.25], [5, 3]);
const finite = float32([0.5, 1.25, -1, 2, -0.25, 1, 3, 0.1, 0.75, -1, 1.5, 2], [4, 3]);

/** Two trees: a test of x[0] whose branches are a leaf and a test of x[1], and a test of x[2]. */
const forest = (mode: string, kind: 'target' | 'class', ids: number[], missing: number[] = []): Record<string, Attribute> => ({
  nodes_treeids: [0, 0, 0, 0, 0, 1, 1, 1],
  nodes_nodeids: [0, 1, 2, 3, 4, 0, 1, 2],
  nodes_featureids: [0, 0, 1, 0, 0, 2, 0, 0],
  nodes_modes: [mode, 'LEAF', mode, 'LEAF', 'LEAF', mode, 'LEAF', 'LEAF'],
  nodes_values: [0.75, 0, 1, 0, 0, 1, 0, 0],
  nodes_truenodeids: [1, 0, 3, 0, 0, 1, 0, 0],
  nodes_falsenodeids: [2, 0, 4, 0, 0, 2, 0, 0],
  ...(missing.length > 0 ? { nodes_missing_value_tracks_true: missing } : {}),
  [`${kind}_treeids`]: [0, 0, 0, 1, 1],
  [`${kind}_nodeids`]: [1, 3, 4, 1, 2],
  [`${kind}_ids`]: ids,
  [`${kind}_weights`]: [0.25, 0.5, 0.125, 0.3, 0.1],
});
const regressor = (label: string, attributes: Record<string, Attribute>): ModelCase => ({ label: `TreeEnsembleRegressor, ${label}`, ...common, nodes: tabular('TreeEnsembleRegressor', { n_targets: 1, ...attributes }), inputs: { x }, hasGradient: false });
const classifier = (label: string, attributes: Record<string, Attribute>): ModelCase => ({
  label: `TreeEnsembleClassifier, ${label}`,
  ...common,
  nodes: tabular('TreeEnsembleClassifier', attributes, ['x'], ['label', 'y']),
  inputs: { x },
  outputs: ['y', 'label'],
  outputTypes: { label: Type.INT64 },
  hasGradient: false,
});
const linear = (op: string, label: string, attributes: Record<string, Attribute>, outputs = ['y']): ModelCase => ({ label: `${op}, ${label}`, ...common, nodes: tabular(op, attributes, ['x'], outputs), inputs: { x: finite }, outputs, outputTypes: { label: Type.INT64 } });
const weights = [0.5, -1, 0.25, 1, 0.75, -0.5, 0.1, 0.2, -0.3];
const machine = { support_vectors: [0, 1, 0.5, 1, -1, 0, 0.25, 0.5, 1], kernel_params: [0.5, 0.25, 2], rho: [0.3] };

verifyModels([
  ...['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'].map((mode) => regressor(mode, forest(mode, 'target', [0, 0, 0, 0, 0]))),
  ...['BRANCH_LEQ', 'BRANCH_GT'].map((mode) => regressor(`${mode}, missing values`, forest(mode, 'target', [0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 1, 0, 0]))),
  ...['SUM', 'AVERAGE', 'MIN', 'MAX'].map((aggregate_function) => regressor(`${aggregate_function} of two targets`, { ...forest('BRANCH_LEQ', 'target', [0, 1, 1, 0, 1]), n_targets: 2, aggregate_function })),
  regressor('base value', { ...forest('BRANCH_LEQ', 'target', [0, 0, 0, 0, 0]), base_values: [0.5] }),
  classifier('three classes', { ...forest('BRANCH_LEQ', 'class', [0, 1, 1, 2, 1]), classlabels_int64s: [4, 5, 7], post_transform: 'SOFTMAX' }),
  // of two classes that are scored one by one, ONNX Runtime's label is the second wherever its score is positive
  { ...classifier('two classes', { ...forest('BRANCH_LEQ', 'class', [1, 1, 1, 0, 0]), classlabels_int64s: [3, 9] }), outputs: ['y'] },
  classifier('probabilities of one of two classes', { ...forest('BRANCH_LEQ', 'class', [0, 0, 0, 0, 0]), classlabels_int64s: [0, 1] }),
  classifier('scores of one of two classes', { ...forest('BRANCH_LEQ', 'class', [0, 0, 0, 0, 0]), class_weights: [0.25, -0.5, 0.125, 0.3, 0.1], classlabels_int64s: [0, 1], post_transform: 'LOGISTIC' }),
  {
    label: 'TreeEnsemble, one of several values',
    opset: 17,
    tabularOpset: 5,
    nodes: tabular('TreeEnsemble', {
      n_targets: 2,
      aggregate_function: 1,
      tree_roots: [0, 2],
      nodes_featureids: [0, 1, 2],
      nodes_modes: tensor('uint8', Uint8Array.of(6, 0, 1), [3]),
      nodes_splits: float32([0, 0.5, 1.5], [3]),
      nodes_truenodeids: [0, 1, 3],
      nodes_falsenodeids: [1, 2, 0],
      nodes_trueleafs: [1, 1, 1],
      nodes_falseleafs: [0, 1, 1],
      membership_values: float32([0.5, 3, NaN], [3]),
      leaf_targetids: [0, 1, 0, 1],
      leaf_weights: float32([1, 2, 4, 8], [4]),
    }),
    inputs: { x },
    hasGradient: false,
  },
  linear('LinearRegressor', 'two targets', { targets: 2, coefficients: weights.slice(0, 6), intercepts: [0.5, -1] }),
  linear('LinearClassifier', 'softmax', { coefficients: weights, intercepts: [0.1, 0, -0.1], classlabels_ints: [1, 2, 3], post_transform: 'SOFTMAX' }, ['label', 'y']),
  linear('LinearClassifier', 'two classes', { coefficients: [...weights.slice(0, 3).map((weight) => -weight), ...weights.slice(0, 3)], intercepts: [-0.1, 0.1], classlabels_ints: [0, 1], post_transform: 'LOGISTIC', multi_class: 1 }, ['label', 'y']),
  ...['LINEAR', 'POLY', 'RBF', 'SIGMOID'].map((kernel_type) => linear('SVMRegressor', kernel_type, { ...machine, n_supports: 3, coefficients: [0.5, -1, 0.25], kernel_type })),
  // libsvm, and ONNX Runtime with it, iterate to within 0.005 of the probabilities that are computed here.
  { ...linear('SVMClassifier', 'two classes with probabilities', { ...machine, vectors_per_class: [2, 1], coefficients: [0.5, 1, -0.25], kernel_type: 'RBF', classlabels_ints: [0, 1], prob_a: [-1.5], prob_b: [0.2] }, ['label', 'y']), precision: 5e-3 },
  { ...linear('SVMClassifier', 'three classes with probabilities', { ...machine, rho: [0.3, -0.1, 0.2], vectors_per_class: [1, 1, 1], coefficients: [0.5, 1, -0.25, -0.5, 0.75, 0.4], kernel_type: 'RBF', classlabels_ints: [0, 1, 2], prob_a: [-1.5, -1, -2], prob_b: [0.2, -0.1, 0] }, ['label', 'y']), precision: 5e-3 },
  linear('SVMClassifier', 'three classes', { ...machine, rho: [0.3, -0.1, 0.2], vectors_per_class: [1, 1, 1], coefficients: [0.5, 1, -0.25, -0.5, 0.75, 0.4], kernel_type: 'RBF', classlabels_ints: [0, 1, 2] }, ['label', 'y']),
  linear('Scaler', 'each column', { offset: [0.1, 0.2, 0.3], scale: [2, 3, 0.5] }),
  ...['MAX', 'L1', 'L2'].map((norm) => linear('Normalizer', norm, { norm })),
  { label: 'ArrayFeatureExtractor', ...common, nodes: tabular('ArrayFeatureExtractor', {}, ['x', 'i']), inputs: { x: finite }, weights: [ints('i', [2, 0])] },
  { label: 'Imputer', ...common, nodes: tabular('Imputer', { imputed_value_floats: [1.5, 2.5, 3.5], replaced_value_float: NaN }), inputs: { x }, skipFiniteDifferences: true },
  { label: 'Binarizer', ...common, nodes: tabular('Binarizer', { threshold: 0.6 }), inputs: { x: finite }, hasGradient: false },
  { label: 'OneHotEncoder', ...common, nodes: tabular('OneHotEncoder', { cats_int64s: [2, 5, 7] }), inputs: { x: int64([2, 7, 9], [3]) } },
  { label: 'LabelEncoder', ...common, nodes: tabular('LabelEncoder', { keys_int64s: [2, 5, 7], values_floats: [0.5, 1.5, -2], default_float: 9.5 }), inputs: { x: int64([7, 2, 3, 5], [4]) } },
  { label: 'FeatureVectorizer', ...common, nodes: tabular('FeatureVectorizer', { inputdimensions: [3, 1] }, ['x', 'b']), inputs: { x: finite, b: [4, 1] } },
]);

/** Small models as skl2onnx and onnxmltools write them for the iris data. */
const stored = (name: string): string => path.join(import.meta.dirname, 'tabular', `${name}.onnx`);
const flowers = float32([5.1, 3.5, 1.4, 0.2, 6.7, 3.1, 4.7, 1.5, 6.3, 3.3, 6, 2.5, 4.9, 2.4, 3.3, 1], [4, 4]);

for (const name of ['random-forest', 'lightgbm-categorical', 'xgboost', 'logistic-regression']) {
  test(`a model of ${name} gives what ONNX Runtime's own kernels give`, async () => {
    const graph = await (await loadOnnxModel(stored(name))).graph([flowers]);
    const session = await ort.InferenceSession.create(stored(name), { logSeverityLevel: 3 });
    const names = session.outputNames.filter((output) => output !== 'output_probability'); // a table of ZipMap, which onnxruntime-node cannot return
    const native = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', flowers.data, [4, 4]) }, names);
    await session.release();
    const feeds = { [graph.inputs[0].name]: flowers };
    const executable = await (await onnxRuntime()).compile(graph);
    const results = await executable.run(feeds);
    await executable.dispose();
    for (const output of names) {
      const { data, dims } = native[output];
      assertClose(results[output], data instanceof Float32Array ? float32(data, dims) : int64(Array.from(data, Number), dims), 1e-6, output);
    }
    for (const { executor, outputs } of await runOnOthers(graph, feeds)) assertAllClose(outputs, results, executor, 1e-6);
  });
}

test('the probabilities are what is attributed of a classifier that gives labels first', async () => {
  const { outputs } = await loadModel(stored('random-forest'));
  assert.deepEqual(outputs, [{ name: 'output_probability', dtype: 'float32', shape: [-1, 3] }]);
});

for (const [label, attributes, message] of [
  ['leads back', { nodes_truenodeids: [1, 0, 2, 0, 0, 1, 0, 0] }, 'its tests must not lead back to where they were'],
  ['leads nowhere', { nodes_truenodeids: [1, 0, 9, 0, 0, 1, 0, 0] }, 'its tests must lead to nodes of their tree'],
  ['tests a feature that is not there', { nodes_featureids: [0, 0, 7, 0, 0, 2, 0, 0] }, 'its nodes must test features below 3, got 7'],
  ['scores a target that is not there', { target_ids: [0, 0, 2, 0, 0] }, 'its leaves must have targets below 1, got 2'],
] as const) {
  test(`a tree that ${label} is refused`, async () => {
    const nodes = tabular('TreeEnsembleRegressor', { n_targets: 1, ...forest('BRANCH_LEQ', 'target', [0, 0, 0, 0, 0]), ...attributes });
    const model = await loadOnnxModel(onnx(17, { node: nodes, input: [port('x', [5, 3])], output: [port('y', undefined)] }));
    await assert.rejects(model.graph([x]), { message: `ai.onnx.ml.TreeEnsembleRegressor 'y': ${message}` });
  });
}
