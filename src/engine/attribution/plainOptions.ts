import { hintsOf } from '../presentation/hints';
import type { LayerNames } from './place';

/** Options as they are recorded, shown and sent: plain values by name. */
export type PlainOptions = Readonly<Record<string, string | number | boolean>>;

/** What is recorded elsewhere, or asks only for a form of the result. */
const LEFT_OUT = new Set(['target', 'baselines', 'additionalForwardArgs', 'returnConvergenceDelta']);

/**
 * The options of a call as far as they are plain: numbers, names, lists of numbers (`3, 16, 16`), and of a feature mask
 * how it reads; with the layer or the neuron's layer of the algorithm.
 */
export function plainOptions({ layer, neuronLayer }: { layer?: LayerNames; neuronLayer?: string }, options: object): PlainOptions {
  const plain: Record<string, string | number | boolean> = {};
  const at = neuronLayer ?? layer;
  if (at !== undefined) plain.layer = typeof at === 'string' ? at : at.join(', ');
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (LEFT_OUT.has(name)) continue;
    if (name === 'featureMask' || name === 'layerMask') {
      if (typeof value === 'object' && value !== null) plain[name] = hintsOf(value).name ?? 'given mask';
    } else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') plain[name] = value;
    else if (isNumbers(value)) plain[name] = value.join(', ');
  }
  return plain;
}

/** `3, 16, 16` as a list of numbers; undefined for everything else. */
export function readNumbers(text: unknown): number[] | undefined {
  if (typeof text === 'number') return [text];
  if (typeof text !== 'string' || !/^\s*-?\d+(\s*,\s*-?\d+)*\s*$/.test(text)) return undefined;
  return text.split(',').map(Number);
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.length > 0 && value.length <= 16 && value.every((item) => typeof item === 'number');
