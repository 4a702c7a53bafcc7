import type { Attribution } from '../../../src/engine/attribution/attribution';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import type { Derivation } from '../../../src/engine/attribution/modelFunction';
import { Deconvolution, GuidedBackprop } from '../../../src/engine/attribution/reluOverride';
import { Saliency } from '../../../src/engine/attribution/saliency';
import type { GraphBuilder } from '../../../src/engine/graph/builder';
import type { ValueInfo } from '../../../src/engine/graph/graph';
import { ONNX_TYPE } from '../../../src/engine/graph/onnxTypes';
import { algebra } from '../../../src/engine/operators/algebra';
import type { Derivative, DerivativeContext, Rules } from '../../../src/engine/operators/operator';
import { deconvolutionRules } from '../../../src/engine/rules/deconvolution';
import { deepLiftRules } from '../../../src/engine/rules/deepLift';
import { plainDerivative } from '../../../src/engine/rules/plainDerivative';
import type { GoldenCase } from '../goldenFolder';
import { reluInputs } from './goldenModel';

/** The quirks of Captum that change what is computed. */
const KNOWN = [
  'adjacent_hooks_drop_outer_rule',
  'functional_activations_not_hooked',
  'max_unpool_overlap_overwrites',
  'maxpool_fallback_uses_first_example',
  'relu_hook_sees_total_gradient',
  'softmax_mean_over_whole_batch',
] as const;

type Quirk = (typeof KNOWN)[number];

/**
 * The algorithm of a case as Captum computes it, quirks included.
 *
 * @param algorithm The algorithm of the case, made for this call.
 * @throws Error for a quirk that is not written down here.
 */
export function asCaptum(algorithm: Attribution, golden: GoldenCase, names: readonly string[]): Attribution {
  const quirks = new Set(names.map(knownQuirk));
  const key = `${algorithm.name} as Captum ${names.join(' ')}`;
  if (algorithm instanceof DeepLift) return Object.assign(algorithm, { derivation: { key, rules: deepLiftWith(quirks, golden) } satisfies Derivation });
  const isGuided = algorithm instanceof GuidedBackprop;
  if (!isGuided && !(algorithm instanceof Deconvolution)) throw new Error(`no quirk of ${algorithm.name} is known here, got ${names.join(', ')}`);
  if (quirks.has('functional_activations_not_hooked')) return new SignedSaliency(algorithm.model);
  const hooked = reluInputs(golden);
  return Object.assign(algorithm, { derivation: { key, rules: isGuided ? positiveTotals(hooked) : onlyThroughRelus(hooked, deconvolutionRules) } satisfies Derivation });
}

function knownQuirk(name: string): Quirk {
  const quirk = KNOWN.find((known) => known === name);
  if (!quirk) throw new Error(`the quirk ${name} is not known here`);
  return quirk;
}

/** The plain gradient, which GuidedBackprop and Deconvolution are without rules. */
class SignedSaliency extends Saliency {
  protected override explain(task: Parameters<Saliency['explain']>[0]): ReturnType<Saliency['explain']> {
    return super.explain({ ...task, options: { ...task.options, abs: false } });
  }
}

function deepLiftWith(quirks: ReadonlySet<Quirk>, golden: GoldenCase): Rules {
  const published = deepLiftRules();
  if (quirks.has('functional_activations_not_hooked')) return () => undefined;
  if (quirks.has('relu_hook_sees_total_gradient')) return onlyThroughRelus(reluInputs(golden), published);
  return (node, graph) => {
    const rule = published(node, graph);
    if (node.op === 'MaxPool') {
      if (!rule || quirks.has('adjacent_hooks_drop_outer_rule')) return undefined;
      const unpooled = quirks.has('max_unpool_overlap_overwrites') ? fromLastWindows(rule) : rule;
      return quirks.has('maxpool_fallback_uses_first_example') ? withFirstExample(unpooled) : unpooled;
    }
    if (node.op === 'Softmax' && quirks.has('softmax_mean_over_whole_batch')) return centredOverBatch;
    return rule;
  };
}

/** The hook on the input of a ReLU replaces its whole gradient: what other readers let back is kept only where |Dx| is tiny. */
const onlyThroughRelus =
  (hooked: ReadonlySet<string>, published: Rules): Rules =>
  (node, graph) => {
    if (node.op === 'Relu' || !node.inputs.some((name) => hooked.has(name))) return published(node, graph);
    return (context) => {
      const { inputs, builder } = context;
      const { less, abs, where } = algebra(builder);
      return plainDerivative(context).map((dx, index) => {
        const x = inputs[index];
        if (!dx || !x || !hooked.has(x.name)) return dx;
        return published === deconvolutionRules ? undefined : where(less(abs(differenceOf(context, x)), 1e-10), dx, 0);
      });
    };
  };

/** The hook of Guided Backpropagation on the input of a ReLU takes what is positive of its whole gradient. */
const positiveTotals =
  (hooked: ReadonlySet<string>): Rules =>
  (node) => {
    if (!node.outputs.some((name) => hooked.has(name))) return undefined;
    return (context) => plainDerivative({ ...context, gradients: context.gradients.map((total) => total && context.builder.op('Relu', [total])) });
  };

/** Of windows with the same winner only the last in row-major order lets back, but where |Dx| is tiny. */
const fromLastWindows = (rule: Derivative): Derivative => (context) => {
  const { gradients: [dy], inputs: [x], builder, node } = context;
  if (!dy || !x) return [];
  const { mul, sub, add, mask, equal, less, abs, where } = algebra(builder);
  const [, indices] = builder.node('MaxPool', [x], node.attributes, { outputs: ['pooled_again', 'winners'] });
  const winners = add(mask(equal(indices, indices)), builder.op('Cast', [indices], { to: ONNX_TYPE.float32 })); // from 1, so that 0 is no winner
  const reach = Array.isArray(node.attributes.kernel_shape) ? node.attributes.kernel_shape.map(Number) : [];
  const isLast = laterWindows(reach).reduce((last, offsets) => mul(last, sub(1, mask(equal(winners, moved(builder, winners, offsets))))), mask(equal(winners, winners)));
  const [dx] = rule({ ...context, gradients: [mul(dy, isLast)] });
  const [plain] = plainDerivative(context);
  return [dx && plain && where(less(abs(differenceOf(context, x)), 1e-10), plain, dx)];
};

/** Steps from a window to those after it in row-major order that may overlap with it. */
function laterWindows(reach: readonly number[]): number[][] {
  const steps = reach.reduce<number[][]>((all, size) => all.flatMap((step) => Array.from({ length: 2 * size - 1 }, (_, index) => [...step, index - size + 1])), [[]]);
  return steps.filter((step) => (step.find((length) => length !== 0) ?? 0) > 0);
}

/** The element `offsets` further along the spatial axes, 0 beyond the end. */
function moved(builder: GraphBuilder, value: ValueInfo, offsets: readonly number[]): ValueInfo {
  const { slice, pad } = algebra(builder);
  return offsets.reduce((part, offset, index) => {
    const axis = index + 2;
    const length = part.shape[axis];
    const kept = slice(part, axis, Math.max(0, offset), Math.min(length, length + offset));
    const pads = part.shape.map((_, other) => (other === axis ? Math.abs(offset) : 0));
    const none = pads.map(() => 0);
    return pad(kept, offset > 0 ? [...none, ...pads] : [...pads, ...none]);
  }, value);
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
