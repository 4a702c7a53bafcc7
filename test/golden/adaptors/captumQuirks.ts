import type { Attribution } from '../../../src/engine/attribution/attribution';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import type { Derivation } from '../../../src/engine/attribution/modelFunction';
import { Saliency } from '../../../src/engine/attribution/saliency';
import type { ValueInfo } from '../../../src/engine/graph/graph';
import { algebra } from '../../../src/engine/operators/algebra';
import type { Derivative, DerivativeContext, Rules } from '../../../src/engine/operators/operator';
import { deepLiftRules } from '../../../src/engine/rules/deepLift';
import { plainDerivative } from '../../../src/engine/rules/plainDerivative';

/** The quirks of Captum that are written down here, so that what it computes can be told from other differences. */
const KNOWN = ['adjacent_hooks_drop_outer_rule', 'functional_activations_not_hooked', 'maxpool_fallback_uses_first_example', 'softmax_mean_over_whole_batch'] as const;

/**
 * The algorithm as Captum computes it, quirks included; undefined where they are not all known here.
 *
 * @param algorithm The algorithm of the case, made for this call.
 */
export function asCaptum(algorithm: Attribution, quirks: readonly string[]): Attribution | undefined {
  if (!quirks.every((quirk) => KNOWN.some((known) => known === quirk))) return undefined;
  if (algorithm instanceof DeepLift) {
    const derivation: Derivation = { key: `Captum ${quirks.join(' ')}`, rules: rulesWith(new Set(quirks)) };
    return Object.assign(algorithm, { derivation });
  }
  if (!quirks.includes('functional_activations_not_hooked')) return undefined;
  return new SignedSaliency(algorithm.model);
}

/** The plain gradient, which GuidedBackprop and Deconvolution are without rules. */
class SignedSaliency extends Saliency {
  protected override explain(task: Parameters<Saliency['explain']>[0]): ReturnType<Saliency['explain']> {
    return super.explain({ ...task, options: { ...task.options, abs: false } });
  }
}

function rulesWith(quirks: ReadonlySet<string>): Rules {
  const published = deepLiftRules();
  return (node) => {
    if (quirks.has('functional_activations_not_hooked')) return undefined;
    if (node.op === 'MaxPool' && quirks.has('adjacent_hooks_drop_outer_rule')) return undefined;
    const rule = published(node);
    if (node.op === 'MaxPool' && quirks.has('maxpool_fallback_uses_first_example')) return rule && withFirstExample(rule);
    if (node.op === 'Softmax' && quirks.has('softmax_mean_over_whole_batch')) return centredOverBatch;
    return rule;
  };
}

/** Where |Dx| is tiny, the gradient of the first example stands for those of all. */
const withFirstExample = (rule: Derivative): Derivative => (context) => {
  const [dx] = rule(context);
  const [plain] = plainDerivative(context);
  const { inputs: [x], builder } = context;
  if (!dx || !plain || !x) return [];
  const { less, abs, where, slice } = algebra(builder);
  return [where(less(abs(differenceOf(context, x)), 1e-10), slice(plain, 0, 0, 1), dx)];
};

/** The rescale rule, minus the mean over the inputs and references of all examples. */
const centredOverBatch: Derivative = (context) => {
  const { gradients: [dy], inputs: [x], outputs: [y], builder } = context;
  const [plain] = plainDerivative(context);
  if (!dy || !plain || !x || !y) return [];
  const { less, abs, where, div, mul, mean, sub } = algebra(builder);
  const dx = differenceOf(context, x);
  const tiny = less(abs(dx), 1e-10);
  const rescaled = where(tiny, plain, div(mul(dy, differenceOf(context, y)), where(tiny, 1, dx)));
  return [sub(rescaled, mean(rescaled, rescaled.shape.map((_, axis) => axis)))];
};

function differenceOf({ builder }: DerivativeContext, value: ValueInfo): ValueInfo {
  const { slice, sub, concat } = algebra(builder);
  const half = value.shape[0] / 2;
  const delta = sub(slice(value, 0, 0, half), slice(value, 0, half, 2 * half));
  return concat([delta, delta], 0);
}
