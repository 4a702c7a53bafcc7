import { LensError } from '../../protocol/errors';
import type { InitialView } from '../../protocol/output';
import { COLOR_SCHEMES } from '../../visualization/colorSchemes';
import { ATTRIBUTION_SIGNS, type AttributionSign } from '../../visualization/sign';
import { explanationOf } from '../attribution/results';
import type { FigureContent } from '../presentation/figure';
import { titleOf } from '../presentation/titleOf';
import { targetOf } from '../presentation/targets';

/** What all figures can be told. */
export interface FigureOptions {
  /** The share of the total magnitude that saturates the colours, in percent: 0 to 100. Default: 2. */
  outlierPerc?: number;
  /** The colours: `blue-orange`, `blue-red`, or `captum` (red-green). Default: `blue-orange`. */
  cmap?: string;
  /** What stands above. Default: the name of the algorithm, where it is known. */
  title?: string;
}

/** Checks the options that all figures have. Throws `invalid-argument`. */
export function readFigureOptions({ outlierPerc, cmap }: FigureOptions): Pick<InitialView, 'outlierPerc' | 'scheme'> {
  if (outlierPerc !== undefined && !(outlierPerc >= 0 && outlierPerc <= 100)) throw new LensError('invalid-argument', `outlierPerc must be between 0 and 100 inclusive, got ${String(outlierPerc)}`);
  if (cmap !== undefined) oneOf(cmap, COLOR_SCHEMES.map(({ id }) => id), 'cmap');
  return { outlierPerc, scheme: cmap };
}

/** Refuses what is given in place of an object of options, such as Captum's positional arguments. Throws `invalid-argument`. */
export function requireOptions(options: unknown, example: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw new LensError('invalid-argument', `Options are given by name, as in ${example}, got ${JSON.stringify(options)}`);
}

/** @throws LensError `invalid-argument` that names what can be chosen. */
export function oneOf<T extends string>(value: string, known: readonly T[], option: string): T {
  const found = known.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new LensError('invalid-argument', `${option} must be one of ${known.join(', ')}, got '${String(value)}'`);
}

export const readSign = (sign: string): AttributionSign => oneOf(sign, ATTRIBUTION_SIGNS, 'sign');

/** What is known of attributions that an algorithm of this process returned. */
export function originOf(attributions: unknown): Pick<FigureContent, 'model' | 'runtime' | 'cost' | 'target'> & { readonly title?: string } {
  const explanation = explanationOf(attributions);
  if (!explanation) return {};
  const { model, runtime, cost, method } = explanation;
  return { title: titleOf(method), model: { name: model.name, format: model.format }, runtime, cost, target: targetOf(explanation, 0) };
}
