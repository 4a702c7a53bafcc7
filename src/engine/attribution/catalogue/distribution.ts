import { BASELINE_CHOICES, type BaselineChoice } from '../../../protocol/output';
import { float32, isFloat32, type Tensor } from '../../tensor';
import { canBeBlurred, namedBaseline } from '../namedBaselines';

/**
 * A distribution of baselines where none is given: the named baselines of the first example, each once (zero, mean,
 * noise, and blurred where the inputs can be blurred).
 */
export function defaultDistribution(inputs: readonly Tensor[]): Tensor<'float32'>[] {
  const choices = choicesFor(inputs);
  return inputs.filter(isFloat32).map((input) => {
    const size = input.data.length / input.shape[0];
    const example = float32(input.data.subarray(0, size), [1, ...input.shape.slice(1)]);
    const data = new Float32Array(choices.length * size);
    for (const [index, choice] of choices.entries()) data.set(namedBaseline(choice, example, 'Baselines').data, index * size);
    return float32(data, [choices.length, ...input.shape.slice(1)]);
  });
}

/** How many baselines {@link defaultDistribution} has. */
export const distributionSize = (inputs: readonly Tensor[]): number => choicesFor(inputs).length;

const choicesFor = (inputs: readonly Tensor[]): readonly BaselineChoice[] => BASELINE_CHOICES.filter((choice) => choice !== 'blurred' || inputs.every((input) => isFloat32(input) && canBeBlurred(input)));
