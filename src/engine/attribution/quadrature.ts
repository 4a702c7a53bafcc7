import { LensError } from '../../protocol/errors';
import { gaussLegendre } from './gaussLegendre';

/** Nodes in 0..1, ascending, and their weights: the integral of f over 0..1 is about sum(stepSizes[k] * f(alphas[k])). */
export interface Quadrature {
  readonly alphas: Float64Array;
  readonly stepSizes: Float64Array;
}

/** Captum's approximation methods by name. */
const RULES = {
  /** k / n */
  riemann_left: (n: number) => riemann(n, (k) => k / n),
  /** (k + 1) / n */
  riemann_right: (n: number) => riemann(n, (k) => (k + 1) / n),
  /** (k + 1/2) / n */
  riemann_middle: (n: number) => riemann(n, (k) => (k + 0.5) / n),
  /** k / (n - 1), the ends weighted half. As in Captum the other weights are 1 / n, so that they sum to (n - 1) / n. */
  riemann_trapezoid: (n: number) => {
    const { alphas, stepSizes } = riemann(n, (k) => k / (n - 1));
    stepSizes[0] /= 2;
    stepSizes[n - 1] /= 2;
    return { alphas, stepSizes };
  },
  /** Exact for polynomials up to degree 2n - 1. */
  gausslegendre: gaussLegendre,
} satisfies Record<string, (n: number) => Quadrature>;

export type ApproximationMethod = keyof typeof RULES;

export const APPROXIMATION_METHODS = Object.keys(RULES) as ApproximationMethod[];

/** More steps than this are taken for a mistake. */
const MAX_STEPS = 100_000;

/**
 * The nodes and weights of an approximation method.
 *
 * @throws LensError `invalid-argument` for an unknown method, for a number of steps that is not a positive integer, and
 *   for one step of a Riemann method.
 */
export function quadrature(method: string, nSteps: number): Quadrature {
  if (!isMethod(method)) {
    throw new LensError('invalid-argument', `Approximation method must be one of ${APPROXIMATION_METHODS.join(', ')}, got '${method}'`);
  }
  if (!Number.isInteger(nSteps) || nSteps < 1 || nSteps > MAX_STEPS) {
    throw new LensError('invalid-argument', `nSteps: the number of steps must be a whole number from 1 to ${MAX_STEPS}, got ${nSteps}`);
  }
  if (nSteps === 1 && method !== 'gausslegendre') {
    throw new LensError('invalid-argument', `nSteps: the number of steps has to be larger than one for ${method}, got 1`, "Use method 'gausslegendre', which can take one step.");
  }
  return RULES[method](nSteps);
}

const isMethod = (name: string): name is ApproximationMethod => Object.hasOwn(RULES, name);

function riemann(n: number, node: (k: number) => number): Quadrature {
  return { alphas: Float64Array.from({ length: n }, (_, k) => node(k)), stepSizes: new Float64Array(n).fill(1 / n) };
}
