import { inspect } from 'node:util';
import type { DisplayItem } from '../../protocol/kernel';
import { asModel, displayModel } from './modelView';
import { displayTensor } from './tensorDisplay';
import { asTensor } from './tensorView';

/** Larger text is cut: nobody reads it, and the notebook has to carry it. */
const MAX_TEXT = 100_000;

/** How a value is shown as the result of a cell, apart from attributions. Never throws for what the value does. */
export function displayItems(value: unknown): DisplayItem[] {
  try {
    const tensor = Array.isArray(value) || ArrayBuffer.isView(value) ? undefined : asTensor(value);
    if (tensor) return displayTensor(tensor);
    const model = asModel(value);
    if (model) return displayModel(model);
  } catch {
    // A broken tensor or model still shows as the object that it is.
  }
  return [{ mime: 'text/plain', text: inspectValue(value) }];
}

/** A value as Node prints it, without running its getters. */
export function inspectValue(value: unknown, options: { depth: number; maxArrayLength: number } = { depth: 4, maxArrayLength: 100 }): string {
  try {
    const text = inspect(value, { ...options, maxStringLength: 10_000, breakLength: 120, getters: false });
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}\n... ${text.length - MAX_TEXT} more characters` : text;
  } catch {
    return '[a value that cannot be shown: its own code for that throws]';
  }
}
