import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { GraphNode, ValueInfo } from '../../graph/graph';
import { algebra } from '../algebra';
import { sumTo } from '../broadcast';
import { allInputs, typedInput } from '../context';
import type { Operator } from '../operator';
import { equationOf, type Equation } from './equation';

/**
 * Einstein summation. The derivative of one operand is the Einsum of dy and the other operands with its letters as the
 * output; letters that only it has were summed away, so dy is the same along them.
 */
export const einsum: Operator = {
  type: 'Einsum',
  infer(context) {
    const values = allInputs(context);
    values.forEach((_, index) => typedInput(context, index, 'float32'));
    const { output, sizes } = equationOf(context.node, values.map(({ shape }) => shape));
    return [{ dtype: 'float32', shape: [...output].map((letter) => sizes.get(letter) ?? 1) }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder, node } = context;
    const values = allInputs(context);
    const equation = equationOf(node, values.map(({ shape }) => shape));
    const { reshape, expand } = algebra(builder);
    const gradientOf = (x: ValueInfo, index: number): ValueInfo => {
      const { terms, output, sizes } = equation;
      const own = terms[index];
      requireDistinct(node, own, 'derivative');
      const others = terms.filter((_, other) => other !== index);
      const known = [...own].filter((letter) => [output, ...others].some((term) => term.includes(letter))).join('');
      const operands = [dy, ...values.filter((_, other) => other !== index)];
      const product = builder.op('Einsum', operands, { equation: `${[output, ...others].join(',')}->${known}` });
      const full = [...own].map((letter) => sizes.get(letter) ?? 1);
      const sameAlong = known === own ? product : reshape(product, [...own].map((letter, axis) => (known.includes(letter) ? full[axis] : 1)));
      return sumTo(builder, known === own ? sameAlong : expand(sameAlong, full), x.shape);
    };
    return values.map((x, index) => (context.wants(index) ? gradientOf(x, index) : undefined));
  },
  tfjs(context) {
    const operands = allInputs(context);
    const equation = equationOf(context.node, operands.map(({ shape }) => shape));
    for (const term of equation.terms) requireDistinct(context.node, term, 'TensorFlow.js kernel');
    return [contract(context.tf, operands, equation)];
  },
};

function requireDistinct(node: GraphNode, term: string, what: string): void {
  if (new Set(term).size < term.length) throw new LensError('unsupported-operator', `Einsum '${node.name}': there is no ${what} for the diagonal '${term}'`);
}

/** An operand with the letters of its axes. */
interface Labelled {
  readonly tensor: tfjs.Tensor;
  readonly letters: string;
}

/** Contracts the operands from the left, two at a time, as batched matrix products. */
function contract(tf: typeof tfjs, operands: readonly tfjs.Tensor[], { terms, output, sizes }: Equation): tfjs.Tensor {
  const size = (letters: string): number[] => [...letters].map((letter) => sizes.get(letter) ?? 1);
  const product = (letters: string): number => size(letters).reduce((total, dim) => total * dim, 1);
  const arranged = ({ tensor, letters }: Labelled, order: string): tfjs.Tensor => tf.transpose(tensor, [...order].map((letter) => letters.indexOf(letter)));
  const summed = ({ tensor, letters }: Labelled, needed: string): Labelled => {
    const gone = [...letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]));
    return { tensor: gone.length === 0 ? tensor : tf.sum(tensor, gone), letters: pick(letters, (letter) => needed.includes(letter)) };
  };
  const multiply = (a: Labelled, b: Labelled, needed: string): Labelled => {
    const [left, right] = [summed(a, needed + b.letters), summed(b, needed + a.letters)];
    const shared = pick(left.letters, (letter) => right.letters.includes(letter));
    const batch = pick(shared, (letter) => needed.includes(letter));
    const inner = pick(shared, (letter) => !needed.includes(letter));
    const rows = pick(left.letters, (letter) => !shared.includes(letter));
    const columns = pick(right.letters, (letter) => !shared.includes(letter));
    const x = tf.reshape(arranged(left, batch + rows + inner), [product(batch), product(rows), product(inner)]);
    const y = tf.reshape(arranged(right, batch + inner + columns), [product(batch), product(inner), product(columns)]);
    return { tensor: tf.reshape(tf.matMul(x, y), size(batch + rows + columns)), letters: batch + rows + columns };
  };
  const labelled = operands.map((tensor, index) => ({ tensor: tf.broadcastTo(tensor, size(terms[index])), letters: terms[index] }));
  const result = labelled.reduce((left, right, index) => multiply(left, right, output + terms.slice(index + 1).join('')));
  return arranged(summed(result, output), output);
}

const pick = (letters: string, keep: (letter: string) => boolean): string => [...letters].filter(keep).join('');
