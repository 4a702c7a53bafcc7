import type { ValueInfo } from '../../graph/graph';
import type { Algebra } from '../algebra';

/** x with mean 0 and variance 1 over some axes, and the factor that did it. */
export interface Centered {
  /** (x - mean(x)) / sqrt(var(x) + epsilon). */
  readonly normalized: ValueInfo;
  /** 1 / sqrt(var(x) + epsilon). */
  readonly scale: ValueInfo;
}

/** Normalises x over the axes. */
export function center({ sub, mean, mul, square, reciprocal, sqrt, add }: Algebra, x: ValueInfo, axes: readonly number[], epsilon: number): Centered {
  const deviation = sub(x, mean(x, axes));
  const scale = reciprocal(sqrt(add(mean(square(deviation), axes), epsilon)));
  return { normalized: mul(deviation, scale), scale };
}

/** The derivative of the normalised x by x, applied to g: scale * (g - mean(g) - normalized * mean(g * normalized)). */
export function uncenter({ sub, mean, mul }: Algebra, { normalized, scale }: Centered, g: ValueInfo, axes: readonly number[]): ValueInfo {
  return mul(scale, sub(sub(g, mean(g, axes)), mul(normalized, mean(mul(g, normalized), axes))));
}
