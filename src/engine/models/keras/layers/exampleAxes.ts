import type { LensError } from '../../../../protocol/errors';
import type { Settings } from '../settings';

/** An axis among those of an example. */
export function axisOf(settings: Settings, key: string, rank: number, fallback?: number): number {
  const [axis] = settings.axes(key, rank, fallback);
  if (axis === 0) throw acrossExamples(settings);
  return axis;
}

/** The error of what mixes examples. */
export const acrossExamples = (settings: Settings): LensError => settings.unsupported('it works across examples, each of which is attributed on its own');
