import { LensError } from '../../protocol/errors';
import type { AttributionChoices } from '../../protocol/engine';
import type { ModelInScope } from '../../protocol/kernel';
import type { TargetInfo } from '../../protocol/output';
import { ask, LEFT, type Item } from './ask';
import type { Messages } from './messages';
import { pickMethod } from './methodPicker';

/** The answers of the pickers; what is undefined is left to the engine's default. */
export interface Picked {
  method?: string;
  options?: Record<string, string | number | boolean>;
  target?: number[];
}

/**
 * Asks for a method with what it needs, then for the target; the default comes first: Enter takes it. A question with one
 * answer is not asked. Resolves with undefined when the user leaves a question.
 *
 * @param messages tells why a method does not fit.
 * @param whyFirst why a class that is not the strongest comes first.
 */
export async function pickMethodAndTarget(choices: AttributionChoices, title: string, messages: Messages, whyFirst = ''): Promise<Picked | undefined> {
  const { predictions } = choices;
  const picked = await pickMethod(choices, title, (reason) => messages.show('information', reason));
  if (picked === LEFT) return undefined;
  const { hasTarget, questions, ...method } = picked;
  if (!hasTarget) return method;
  const strongest = Math.max(...predictions.map(({ score }) => score));
  const noteOf = ({ score }: TargetInfo, index: number): string => (score === strongest ? 'top class' : index === 0 ? whyFirst : '');
  const items = predictions.map((prediction, index) => targetItem(prediction, noteOf(prediction, index)));
  const target = await ask({ placeholder: 'Target: the class whose score is attributed to the input', items }, title, questions + 1, questions + 1);
  return target === LEFT ? undefined : { ...method, target };
}

/**
 * The model to attribute a tensor with: the only one in scope, or the one that the user chooses. Resolves with undefined
 * when the user leaves the question.
 *
 * @throws `not-found` when there is none.
 */
export async function pickModel(models: readonly ModelInScope[], title: string): Promise<string | undefined> {
  const items = models.map(({ variable, description }) => ({ label: variable, description, value: variable }));
  const chosen = await ask({ placeholder: 'Model to attribute the tensor with', items }, title, 1);
  if (chosen === undefined) throw new LensError('not-found', 'No model is in scope', 'Run the cell that creates the model, then attribute the tensor again.');
  return chosen === LEFT ? undefined : chosen;
}

function targetItem(prediction: TargetInfo, note: string): Item<number[]> {
  const { label, probability, score } = prediction;
  const value = probability === undefined ? `score ${score.toPrecision(3)}` : `${(probability * 100).toFixed(probability < 0.001 ? 2 : 1)} %`;
  return {
    label: label ?? `Class ${prediction.index.join(', ')}`,
    description: [value, note].filter((part) => part).join(', '),
    value: prediction.index,
  };
}
