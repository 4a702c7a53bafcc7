import type { PythonMethod } from '../../protocol/endpoint';
import type { AttributionChoices } from '../../protocol/engine';
import type { PythonChoices } from '../../protocol/python';
import type { MethodChoice } from '../../protocol/renderer';

/** The exact Shapley values of more features take too long. */
const MOST_FEATURES = 12;

/** Methods of layers that take gradients, or points on a path or around it, of the input all the same. */
const THROUGH_INPUT = ['GuidedGradCam', 'InternalInfluence', 'LayerConductance', 'LayerGradientShap', 'LayerDeepLiftShap'];

/** What the pickers offer for the call of a Python model: those that fit first, the others with the reason. */
export function choicesOf(methods: readonly PythonMethod[], call: PythonChoices): AttributionChoices {
  const layers = call.framework === 'function' ? [] : (call.layers ?? []);
  const offered = methods.filter(({ needs }) => needs === undefined || layers.length > 0);
  const choices = offered.map(({ differentiates, ...method }): MethodChoice => ({ ...method, unavailable: unfit({ differentiates, ...method }, call) }));
  // Where nothing can be differentiated, the simplest perturbation comes first.
  const rank = ({ name, unavailable }: MethodChoice): number => (unavailable !== undefined ? 2 : choices[0].unavailable !== undefined && name === 'FeatureAblation' ? 0 : 1);
  const ranks = new Map(choices.map((choice) => [choice, rank(choice)]));
  choices.sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  return { methods: choices, layers, predictions: call.predictions ?? [] };
}

function unfit({ name, differentiates, needs }: PythonMethod, { framework, floating, noGradients, shapes = [] }: PythonChoices): string | undefined {
  if (differentiates && noGradients !== undefined) return noGradients;
  if (differentiates && framework === 'function') return 'it needs gradients, which a function does not tell';
  if (differentiates && floating === false && (needs !== 'layer' || THROUGH_INPUT.includes(name))) return 'it needs gradients, and there are none with respect to whole numbers';
  if (name.endsWith('DeepLiftShap') && framework !== 'torch') return 'its baselines have to be chosen by hand';
  if (name.endsWith('FeaturePermutation') && (shapes[0]?.[0] ?? 0) < 2) return 'it exchanges features between examples, and there is one';
  const features = shapes.reduce((sum, [, ...shape]) => sum + shape.reduce((product, length) => product * length, 1), 0);
  if (name === 'ShapleyValues' && features > MOST_FEATURES) return `it takes at most ${MOST_FEATURES} features, and the input has ${features.toLocaleString('en')}`;
  return undefined;
}
