import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { AttributionChoices } from '../../protocol/engine';
import type { ModelInScope } from '../../protocol/kernel';
import type { TargetInfo } from '../../protocol/output';

/** The answers of the pickers; what is undefined is left to the engine's default. */
export interface Picked {
  method?: string;
  target?: number[];
}

interface Item<T> extends vscode.QuickPickItem {
  value: T;
}

/** One question of a picker. */
interface Question<T> {
  placeholder: string;
  items: readonly Item<T>[];
}

/**
 * Asks for method and target, one after the other, the default first: Enter takes it. A question with one answer is
 * not asked. Resolves with undefined when the user leaves a question.
 *
 * @param whyFirst why a class that is not the strongest comes first.
 */
export async function pickMethodAndTarget({ methods, predictions }: AttributionChoices, title: string, whyFirst = ''): Promise<Picked | undefined> {
  const strongest = Math.max(...predictions.map(({ score }) => score));
  const noteOf = ({ score }: TargetInfo, index: number) => (score === strongest ? 'top class' : index === 0 ? whyFirst : '');
  const questions: [Question<string>, Question<number[]>] = [
    { placeholder: 'Method', items: methods.map(({ name, title: label, description }, index) => ({ label, detail: description, description: index === 0 ? 'default' : undefined, value: name })) },
    { placeholder: 'Target: the class whose score is attributed to the input', items: predictions.map((prediction, index) => targetItem(prediction, noteOf(prediction, index))) },
  ];
  const total = questions.filter(({ items }) => items.length > 1).length;
  const method = await ask(questions[0], title, 1, total);
  if (method === LEFT) return undefined;
  const target = await ask(questions[1], title, total, total);
  return target === LEFT ? undefined : { method, target };
}

/**
 * The model to attribute a tensor with: the only one in scope, or the one that the user chooses. Resolves with undefined
 * when the user leaves the question.
 *
 * @throws `not-found` when there is none.
 */
export async function pickModel(models: readonly ModelInScope[], title: string): Promise<string | undefined> {
  const items = models.map(({ variable, description }) => ({ label: variable, description, value: variable }));
  const chosen = await ask({ placeholder: 'Model to attribute the tensor with', items }, title, 1, 1);
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

/** The answer of a user who left the question. */
const LEFT = Symbol('left');

function ask<T>({ placeholder, items }: Question<T>, title: string, step: number, total: number): Promise<T | typeof LEFT | undefined> {
  if (items.length <= 1) return Promise.resolve(items[0]?.value);
  return new Promise((resolve) => {
    const picker = vscode.window.createQuickPick<Item<T>>();
    Object.assign(picker, { title, placeholder, items, matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: false });
    if (total > 1) Object.assign(picker, { step, totalSteps: total });
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (!chosen) return;
      resolve(chosen.value);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(LEFT);
      picker.dispose();
    });
    picker.show();
  });
}
