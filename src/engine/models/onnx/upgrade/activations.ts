import type { Attributes, ValueInfo } from '../../../graph/graph';
import { real } from '../../../operators/attributes';
import type { NodeContext } from '../nodeContext';

/** One activation function, applied to each element. */
export type Activation = (x: ValueInfo) => ValueInfo;

/** Operators that are activations by themselves, with the defaults of alpha and beta where they take them. */
const OPERATORS: ReadonlyMap<string, { alpha?: number; beta?: number }> = new Map([
  ['Relu', {}],
  ['Tanh', {}],
  ['Sigmoid', {}],
  ['Softsign', {}],
  ['Softplus', {}],
  ['LeakyRelu', { alpha: 0.01 }],
  ['ThresholdedRelu', { alpha: 1 }],
  ['Elu', { alpha: 1 }],
  ['HardSigmoid', { alpha: 0.2, beta: 0.5 }],
]);

/**
 * The activation functions of a recurrent node, by direction. `activation_alpha` and `activation_beta` go, in order, to
 * the functions that take them; `clip` bounds their inputs. Throws `invalid-model` for unknown names and counts.
 */
export function activationsOf(context: NodeContext, defaults: readonly string[], directions: number): Activation[][] {
  const names = list(context, 'activations') ?? Array.from({ length: directions }, () => defaults).flat();
  const count = defaults.length * directions;
  if (names.length !== count) throw context.invalid(`activations must be ${count} names, got ${names.join(', ')}`);
  const [alphas, betas] = [values(context, 'activation_alpha'), values(context, 'activation_beta')];
  const functions = names.map((name) => clipped(context, functionOf(context, String(name), alphas, betas)));
  return Array.from({ length: directions }, (_, direction) => functions.slice(direction * defaults.length, (direction + 1) * defaults.length));
}

function functionOf(context: NodeContext, given: string, alphas: number[], betas: number[]): Activation {
  const { math } = context;
  switch (given.toLowerCase()) {
    case 'affine': {
      const [alpha, beta] = [alphas.shift() ?? 1, betas.shift() ?? 0];
      return (x) => math.add(math.mul(x, alpha), beta);
    }
    case 'scaledtanh': {
      const [alpha, beta] = [alphas.shift() ?? 1, betas.shift() ?? 1];
      return (x) => math.mul(math.tanh(math.mul(x, beta)), alpha);
    }
  }
  const found = [...OPERATORS].find(([operator]) => operator.toLowerCase() === given.toLowerCase());
  if (!found) throw context.invalid(`activations must be among ${[...OPERATORS.keys(), 'Affine', 'ScaledTanh'].join(', ')}, got ${given}`);
  const [operator, { alpha, beta }] = found;
  const attributes: Record<string, number> = {};
  if (alpha !== undefined) attributes.alpha = alphas.shift() ?? alpha;
  if (beta !== undefined) attributes.beta = betas.shift() ?? beta;
  return (x) => context.emit(operator, [x], attributes);
}

function clipped(context: NodeContext, activation: Activation): Activation {
  const bound = real(context.node, 'clip', 0);
  return bound > 0 ? (x) => activation(context.emit('Clip', [x, context.scalar(-bound), context.scalar(bound)])) : activation;
}

const values = (context: NodeContext, name: string): number[] => (list(context, name) ?? []).map(Number);

function list(context: NodeContext, name: string): readonly (string | number)[] | undefined {
  const { attributes }: { attributes: Attributes } = context.node;
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return Array.isArray(value) ? value : undefined;
}
