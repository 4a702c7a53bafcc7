import path from 'node:path';
import { CONSTRUCTOR_OPTIONS } from '../engine/attribution/catalogue/construction';
import { readSelector } from './selector';
import type { TensorReader } from './tensors';

/** Options with one value for each input of the model, each of which may be a file. */
const FOR_INPUTS = new Set(['baselines', 'featureMask', 'additionalForwardArgs', 'layerBaselines', 'layerMask']);

export interface OptionValues {
  /** For the algorithm's constructor. */
  readonly constructorOptions: Readonly<Record<string, string | number | boolean>>;
  /** For `attribute`. */
  readonly callOptions: Readonly<Record<string, unknown>>;
}

/**
 * Options of the command line as values: numbers, `true`, `false`, names, lists (`1,2,3` or JSON), tensors from .npy,
 * .json and image files, and neurons (`3`, `0,1:4,2`). A repeated option is a list.
 *
 * @throws LensError `not-found` or `invalid-argument` for a file that cannot be read.
 */
export async function readOptionValues(options: ReadonlyMap<string, readonly string[]>, read: TensorReader): Promise<OptionValues> {
  const constructorOptions: Record<string, string | number | boolean> = {};
  const callOptions: Record<string, unknown> = {};
  for (const [name, texts] of options) {
    if (CONSTRUCTOR_OPTIONS.includes(name)) {
      const value = name === 'layer' || name === 'rules' ? texts.join(',') : valueOf(texts[0]);
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') constructorOptions[name] = value;
      continue;
    }
    const values = await Promise.all(texts.map((text, index) => (FOR_INPUTS.has(name) || name === 'target' ? fileOr(text, index, read) : name === 'neuronSelector' ? readSelector(text) : valueOf(text))));
    callOptions[name] = values.length === 1 ? values[0] : values;
  }
  return { constructorOptions, callOptions };
}

const fileOr = (text: string, index: number, read: TensorReader): unknown => (['.npy', '.json', '.png', '.jpg', '.jpeg'].includes(path.extname(text).toLowerCase()) ? read(text, index) : valueOf(text));

function valueOf(text: string): unknown {
  if (/^\s*(\[|\{|-?\d|-?\.\d|true$|false$|null$)/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      const parts = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
      if (parts.every((part) => !Number.isNaN(part))) return parts.length === 1 ? parts[0] : parts;
    }
  }
  return text;
}
