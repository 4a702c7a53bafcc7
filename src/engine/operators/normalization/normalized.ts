import type { GraphBuilder } from '../../graph/builder';
import type { ValueInfo } from '../../graph/graph';
import type { Algebra } from '../algebra';
import { generate } from '../strided';

/** x with mean 0 and variance 1 over its last axes, and the factor that did it. */
export interface Normalized {
  /** n = (x - mean(x)) / sqrt(var(x) + epsilon). */
  readonly normalized: ValueInfo;
  /** 1 / sqrt(var(x) + epsilon). */
  readonly factor: ValueInfo;
  readonly axes: readonly number[];
}

/** Normalises x over the axes from `axis` on. */
export function normalize(builder: GraphBuilder, x: ValueInfo, axis: number, epsilon: number): Normalized {
  const ones = builder.constant(generate({ dtype: 'float32', shape: x.shape.slice(axis) }, () => 1), 'ones');
  const [normalized, , factor] = builder.node('LayerNormalization', [x, ones], { axis, epsilon }, { outputs: ['normalized', 'mean', 'factor'] });
  return { normalized, factor, axes: x.shape.map((_, index) => index).slice(axis) };
}

/** The derivative of n by x, applied to g: factor * (g - mean(g) - n * mean(g * n)). */
export function normalizedGradient({ sub, mean, mul }: Algebra, { normalized, factor, axes }: Normalized, g: ValueInfo): ValueInfo {
  return mul(factor, sub(sub(g, mean(g, axes)), mul(normalized, mean(mul(g, normalized), axes))));
}
