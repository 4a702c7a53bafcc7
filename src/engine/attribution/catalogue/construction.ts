import { LensError } from '../../../protocol/errors';
import { DEEP_LIFT_EPS } from '../../rules/deepLift';
import type { LayerRules } from '../lrp';
import type { LayerNames } from '../place';
import type { PlainOptions } from '../plainOptions';

/** The arguments of constructors besides the model, as options name them. */
export const CONSTRUCTOR_OPTIONS: readonly string[] = ['multiplyByInputs', 'eps', 'rules', 'layer'];

/** @throws LensError `invalid-argument` without the option layer. */
export function layerOf({ layer }: PlainOptions): string {
  if (typeof layer === 'string' && layer !== '') return layer;
  throw new LensError('invalid-argument', layer === undefined ? 'The option layer is missing, which names the layer' : `The option layer must be the name of a layer, got ${String(layer)}`);
}

/** A layer, or with commas between their names several. */
export function layersOf(options: PlainOptions): LayerNames {
  const names = layerOf(options).split(',').map((name) => name.trim());
  return names.length === 1 ? names[0] : names;
}

export const multiplies = ({ multiplyByInputs }: PlainOptions): { multiplyByInputs: boolean } => ({ multiplyByInputs: multiplyByInputs !== false });

/** @throws LensError `invalid-argument` when eps is not a number. */
export function deepLiftSettings({ eps = DEEP_LIFT_EPS, ...options }: PlainOptions): { multiplyByInputs: boolean; eps: number } {
  if (typeof eps !== 'number') throw new LensError('invalid-argument', `eps must be a number, got '${String(eps)}'`);
  return { ...multiplies(options), eps };
}

/**
 * Rules of LRP by layer, as JSON: `{"fc1": {"rule": "GammaRule", "gamma": 0.25}}`.
 *
 * @throws LensError `invalid-argument` when they cannot be read.
 */
export function lrpSettings({ rules }: PlainOptions): { rules?: LayerRules } {
  if (rules === undefined) return {};
  const read = parsed(String(rules));
  const isRule = (value: unknown): boolean => typeof value === 'object' && value !== null && typeof Reflect.get(value, 'rule') === 'string';
  if (typeof read === 'object' && read !== null && !Array.isArray(read) && Object.values(read).every(isRule)) return { rules: read as LayerRules };
  throw new LensError('invalid-argument', `rules must be JSON of a rule for each layer, got '${String(rules)}'`, 'Write {"layer": {"rule": "EpsilonRule", "epsilon": 0.01}}.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
