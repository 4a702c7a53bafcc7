import type { AttributionSign } from '../src/visualization/sign';
import { SIGN_LABELS } from './format';

/** What has to be said of attributions that cannot be drawn, or that leave nothing to draw. */
export function attributionNotes(
  { scaleFactor, nonFinite }: { scaleFactor: number; nonFinite: number },
  { count, allZero, sign }: { count: number; allZero: boolean; sign: AttributionSign },
): string[] {
  const notes: string[] = [];
  if (nonFinite > 0) {
    notes.push(`${nonFinite} of ${count} attributions are not finite (NaN or infinity) and left blank. Check the input and the model's output for NaN.`);
  }
  if (nonFinite < count && allZero) {
    notes.push('All attributions are 0. The chosen output does not change with this input: try another target, or another baseline if the method has one.');
  } else if (nonFinite < count && scaleFactor === 0) {
    notes.push(`No attribution is ${SIGN_LABELS[sign].toLowerCase()}.`);
  }
  return notes;
}
