import { LensError } from '../../protocol/errors';
import type { GraphBuilder } from '../graph/builder';
import type { ValueInfo } from '../graph/graph';
import { algebra } from '../operators/algebra';
import { rulesOf, type Derivative, type DerivativeContext, type Rules } from '../operators/operator';
import { formatShape } from '../tensor';
import { plainDerivative } from './plainDerivative';

/** Below this |difference from reference| the multiplier is the plain gradient. */
export const DEEP_LIFT_EPS = 1e-10;

/** Element-wise activations: each has the rescale rule. */
const ACTIVATIONS = ['Celu', 'Clip', 'Elu', 'HardSigmoid', 'HardSwish', 'LeakyRelu', 'PRelu', 'Relu', 'Selu', 'Sigmoid', 'Softplus', 'Softsign', 'Tanh', 'ThresholdedRelu'];

/**
 * The multipliers of DeepLIFT (Shrikumar et al., "Learning Important Features Through Propagating Activation
 * Differences", 2017) as derivatives. The graph runs on a doubled batch: the inputs, then as many references.
 * `Dx` is the difference of a value from its reference.
 *
 * - Activations: the rescale rule, `m_x = m_y * Dy / Dx`.
 * - MaxPool: Dy is split at max(y, y_ref) and each part goes to the position that won in its half.
 * - Softmax: the rescale rule, then minus the mean over the example, so that the multipliers sum to 0. Within attention it
 *   is ill-conditioned: among thousands of scores some differ from their reference's by as little as their rounding, and
 *   decide the result. A larger `eps` (1e-2 of scores around 1) leaves those out.
 *
 * Linear operators keep their derivative, and so do products of two values that both depend on the input.
 *
 * @param eps Where |Dx| < eps the plain gradient is used.
 */
export function deepLiftRules(eps = DEEP_LIFT_EPS): Rules {
  const rescale = (context: DerivativeContext): (ValueInfo | undefined)[] => {
    const [dy] = context.gradients;
    const { x, y } = unaryValues(context);
    if (!dy) return [];
    const [plain] = plainDerivative(context);
    const { mul } = algebra(context.builder);
    return [quotient(context.builder, mul(dy, difference(context, y)), difference(context, x), plain, eps)];
  };
  const rules: Record<string, Derivative> = Object.fromEntries(ACTIVATIONS.map((type) => [type, rescale]));
  return rulesOf({ ...rules, MaxPool: maxPool(eps), Softmax: centred(rescale) });
}

/** dx = (unpool(dy * (m - y_ref)) at the winners of x + unpool(dy * (y - m)) at the winners of x_ref) / Dx, m = max(y, y_ref). */
function maxPool(eps: number): Derivative {
  return (context) => {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder } = context;
    const { x, y } = unaryValues(context);
    const { mul, sub, add, concat } = algebra(builder);
    const [value, reference] = halves(context, y);
    const larger = builder.op('Max', [value, reference]);
    const parts = mul(dy, concat([sub(larger, reference), sub(value, larger)], 0));
    const [unpooled] = plainDerivative({ ...context, gradients: [parts] });
    if (!unpooled) return [];
    const sum = add(...halves(context, unpooled));
    const [plain] = plainDerivative(context);
    return [quotient(builder, concat([sum, sum], 0), difference(context, x), plain, eps)];
  };
}

/** Subtracts the mean over each example: over all axes but the batch axis, and over the input and its reference. */
function centred(rule: Derivative): Derivative {
  return (context) => {
    const [dx] = rule(context);
    if (!dx) return [];
    const { builder } = context;
    const { mean, add, mul, concat, sub } = algebra(builder);
    const axes = dx.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis]));
    const centre = mul(add(...halves(context, mean(dx, axes))), 0.5);
    return [sub(dx, concat([centre, centre], 0))];
  };
}

/** numerator / denominator, and `plain` where |denominator| < eps. */
function quotient(builder: GraphBuilder, numerator: ValueInfo, denominator: ValueInfo, plain: ValueInfo | undefined, eps: number): ValueInfo {
  const { less, abs, where, div } = algebra(builder);
  const tiny = less(abs(denominator), eps);
  return where(tiny, plain ?? 0, div(numerator, where(tiny, 1, denominator)));
}

/** Input half minus reference half, for both halves of the doubled batch. */
function difference(context: DerivativeContext, value: ValueInfo): ValueInfo {
  const { sub, concat } = algebra(context.builder);
  const delta = sub(...halves(context, value));
  return concat([delta, delta], 0);
}

/** The input half and the reference half of a value on the doubled batch. */
function halves({ builder, node }: DerivativeContext, value: ValueInfo): [ValueInfo, ValueInfo] {
  const rows = value.shape[0];
  if (rows === undefined || rows % 2 !== 0) {
    throw new LensError('shape-mismatch', `${node.op} '${node.name}': DeepLift needs the batch on the first axis, got shape ${formatShape(value.shape)}`);
  }
  const { slice } = algebra(builder);
  return [slice(value, 0, 0, rows / 2), slice(value, 0, rows / 2, rows)];
}

function unaryValues({ node, inputs: [x], outputs: [y] }: DerivativeContext): { x: ValueInfo; y: ValueInfo } {
  if (!x || !y) throw new LensError('invalid-model', `${node.op} '${node.name}': an input and an output are required`);
  return { x, y };
}
