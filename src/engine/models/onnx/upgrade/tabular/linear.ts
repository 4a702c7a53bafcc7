import type { ValueInfo } from '../../../../graph/graph';
import { ONNX_TYPE } from '../../../../graph/onnxTypes';
import { choice, integer } from '../../../../operators/attributes';
import { generate } from '../../../../operators/strided';
import type { NodeContext, Upgrade } from '../../nodeContext';
import { determinants } from '../products';
import { numbersOf, requiredNumbers } from './lists';
import { classLabels, classified, transformed } from './scores';

/** Linear models and support vector machines of scikit-learn, with their derivatives. */
export const linearModelUpgrades: Readonly<Record<string, Upgrade>> = {
  'ai.onnx.ml.LinearRegressor': (context) => context.outputs([transformed(context, linear(context, integer(context.node, 'targets', 1)))]),
  'ai.onnx.ml.LinearClassifier': (context) => {
    const labels = classLabels(context);
    const rows = requiredNumbers(context, ['intercepts']).length;
    const scores = bothClasses(context, linear(context, rows), labels.shape[0]);
    return classified(context, labels, scores, transformed(context, scores));
  },
  'ai.onnx.ml.SVMRegressor': (context) => {
    const coefficients = requiredNumbers(context, ['coefficients']);
    const [rho = 0] = requiredNumbers(context, ['rho']);
    const supports = integer(context.node, 'n_supports', 0);
    const products = supports > 0 ? kernels(context, supports) : features(context);
    const [, width] = products.shape;
    const score = context.math.add(context.math.matMul(products, context.floats(requiredNumbers(context, ['coefficients'], width), [width, 1])), rho);
    if (integer(context.node, 'one_class', 0) === 0) return context.outputs([transformed(context, score)]);
    if (coefficients.length === 0) throw context.invalid('it has no support vectors');
    return context.outputs([context.math.where(context.math.greater(score, 0), 1, -1)]);
  },
  'ai.onnx.ml.SVMClassifier': supportVectorClassifier,
};

/** The input [N, features] as float32; one example may come without the first axis. */
function features(context: NodeContext): ValueInfo {
  const x = context.ranked(0, 1, 2);
  const real = x.dtype === 'float32' ? x : context.emit('Cast', [x], { to: ONNX_TYPE.float32 });
  return x.shape.length === 2 ? real : context.math.reshape(real, [1, ...x.shape]);
}

/** x coefficientsᵀ + intercepts: [N, rows] */
function linear(context: NodeContext, rows: number): ValueInfo {
  const x = features(context);
  const [, width] = x.shape;
  const coefficients = requiredNumbers(context, ['coefficients'], rows * width);
  const product = context.math.matMul(x, context.constantOfTensor(generate({ dtype: 'float32', shape: [width, rows] }, (index) => coefficients[(index % rows) * width + Math.floor(index / rows)])));
  const intercepts = numbersOf(context, 'intercepts');
  return intercepts && intercepts.length > 0 ? context.math.add(product, context.floats(requiredNumbers(context, ['intercepts'], rows))) : product;
}

/** One score for two classes is that of the second, its negative that of the first. */
function bothClasses(context: NodeContext, scores: ValueInfo, classes: number): ValueInfo {
  return scores.shape[1] === 1 && classes === 2 ? context.math.concat([context.math.neg(scores), scores], 1) : scores;
}

/** k(x, s) of every example and support vector: [N, supports]. */
function kernels(context: NodeContext, supports: number): ValueInfo {
  const { matMul, mul, add, sub, exp, pow, tanh, square, sum } = context.math;
  const x = features(context);
  const [, width] = x.shape;
  const vectors = requiredNumbers(context, ['support_vectors'], supports * width);
  const [gamma = 0, offset = 0, degree = 0] = numbersOf(context, 'kernel_params') ?? [];
  const products = matMul(x, context.constantOfTensor(generate({ dtype: 'float32', shape: [width, supports] }, (index) => vectors[(index % supports) * width + Math.floor(index / supports)])));
  switch (choice(context.node, 'kernel_type', ['LINEAR', 'POLY', 'RBF', 'SIGMOID'], 'LINEAR')) {
    case 'LINEAR':
      return products;
    case 'POLY':
      return pow(add(mul(products, gamma), offset), degree);
    case 'SIGMOID':
      return tanh(add(mul(products, gamma), offset));
    case 'RBF': {
      // |x - s|² = |x|² - 2 x·s + |s|²
      const lengths = Array.from({ length: supports }, (_, index) => vectors.slice(index * width, (index + 1) * width).reduce((total, value) => total + value * value, 0));
      const distances = add(sub(sum(square(x), [1]), mul(products, 2)), context.floats(lengths));
      return exp(mul(distances, -gamma));
    }
  }
}

/**
 * One score for each pair of classes i < j: rho + the weighted kernels of their support vectors; two classes have that
 * score and its negative. With `prob_a` and `prob_b` the scores become probabilities (Platt scaling) of the classes.
 */
function supportVectorClassifier(context: NodeContext): ValueInfo[] {
  const { math } = context;
  const labels = classLabels(context);
  const [classes] = labels.shape;
  const counts = numbersOf(context, 'vectors_per_class') ?? [];
  const supports = counts.reduce((total, count) => total + count, 0);
  const rho = requiredNumbers(context, ['rho']);
  if (supports === 0 || counts.length !== classes || classes < 2) throw context.invalid(`vectors_per_class must be ${classes} counts, got ${counts.join(', ')}`);
  const coefficients = requiredNumbers(context, ['coefficients'], (classes - 1) * supports);
  const pairs = counts.flatMap((_, first) => counts.slice(first + 1).map((__, other) => [first, first + 1 + other] as const));
  if (rho.length !== pairs.length) throw context.invalid(`rho must be ${pairs.length} numbers, got ${rho.length}`);
  const owner = counts.flatMap((count, index) => new Array<number>(count).fill(index));
  const weight = (support: number, [first, second]: readonly [number, number]): number => {
    if (owner[support] === first) return coefficients[(second - 1) * supports + support];
    return owner[support] === second ? coefficients[first * supports + support] : 0;
  };
  const weights = context.constantOfTensor(generate({ dtype: 'float32', shape: [supports, pairs.length] }, (index) => weight(Math.floor(index / pairs.length), pairs[index % pairs.length])));
  const scores = math.add(math.matMul(kernels(context, supports), weights), context.floats(rho));
  const slopes = numbersOf(context, 'prob_a') ?? [];
  const votes = votesOf(context, scores, pairs, classes);
  if (slopes.length === 0) return classified(context, labels, votes, transformed(context, bothClasses(context, scores, classes)));
  const offsets = requiredNumbers(context, ['prob_b'], pairs.length);
  const wins = math.sigmoid(math.neg(math.add(math.mul(scores, context.floats(requiredNumbers(context, ['prob_a'], pairs.length))), context.floats(offsets))));
  const probabilities = coupled(context, wins, pairs, classes);
  return classified(context, labels, classes > 2 ? votes : probabilities, probabilities);
}

/**
 * The probabilities of the classes that agree best with those of each pair, r: Σ (r_ji p_i - r_ij p_j)² is least (Wu,
 * Lin & Weng, "Probability estimates for multi-class classification by pairwise coupling", 2004). They solve Q p ~ 1 by
 * Cramer's rule; libsvm iterates to within 0.005 of them.
 */
function coupled(context: NodeContext, wins: ValueInfo, pairs: readonly (readonly [number, number])[], classes: number): ValueInfo {
  const { math } = context;
  if (classes === 2) return math.concat([wins, math.sub(1, wins)], 1);
  const square = (element: (row: number, column: number) => number | boolean): ValueInfo =>
    context.constantOfTensor(generate({ dtype: 'float32', shape: [classes, classes] }, (index) => element(Math.floor(index / classes), index % classes)));
  const places = context.constantOfTensor(
    generate({ dtype: 'float32', shape: [pairs.length, classes * classes] }, (index) => {
      const [[first, second], at] = [pairs[Math.floor(index / classes ** 2)], index % classes ** 2];
      return at === first * classes + second ? 1 : at === second * classes + first ? -1 : 0;
    }),
  );
  const rows = [wins.shape[0], classes, classes];
  const pairwise = math.add(math.reshape(math.matMul(context.emit('Clip', [wins, context.scalar(1e-7), context.scalar(1 - 1e-7)]), places), rows), square((row, column) => row > column));
  const opposite = math.transpose(pairwise, [0, 2, 1]);
  const system = math.sub(math.mul(math.sum(math.square(opposite), [2]), square((row, column) => row === column)), math.mul(pairwise, opposite));
  const replaced = context.constantOfTensor(generate({ dtype: 'bool', shape: [classes, 1, classes] }, (index) => Math.floor(index / classes) === index % classes));
  const volumes = determinants(context, math.where(replaced, 1, math.reshape(system, [rows[0], 1, classes, classes])));
  return math.div(volumes, math.sum(volumes, [1]));
}

/** How many of its pairs each class wins: [N, classes]. */
function votesOf(context: NodeContext, scores: ValueInfo, pairs: readonly (readonly [number, number])[], classes: number): ValueInfo {
  const { math } = context;
  const wins = (position: 0 | 1): ValueInfo => context.constantOfTensor(generate({ dtype: 'float32', shape: [pairs.length, classes] }, (index) => pairs[Math.floor(index / classes)][position] === index % classes));
  const isFirst = math.mask(math.greater(scores, 0));
  return math.add(math.matMul(isFirst, wins(0)), math.matMul(math.sub(1, isFirst), wins(1)));
}
