import { LensError } from '../../protocol/errors';

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
  gausslegendre,
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

/** From Chebyshev's approximation each iteration doubles the correct digits, of which there are three at least. */
const NEWTON_ITERATIONS = 5;

const isMethod = (name: string): name is ApproximationMethod => Object.hasOwn(RULES, name);

function riemann(n: number, node: (k: number) => number): Quadrature {
  return { alphas: Float64Array.from({ length: n }, (_, k) => node(k)), stepSizes: new Float64Array(n).fill(1 / n) };
}

/**
 * The roots of the Legendre polynomial P_n by Newton's method from Chebyshev's approximation of them, moved from -1..1
 * to 0..1. The weights are 1 / ((1 - t^2) P_n'(t)^2).
 */
function gausslegendre(n: number): Quadrature {
  const alphas = new Float64Array(n);
  const stepSizes = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let t = Math.cos((Math.PI * (n - k - 0.25)) / (n + 0.5));
    let slope = 0;
    for (let iteration = 0; iteration < NEWTON_ITERATIONS; iteration++) {
      const [value, derivative] = legendre(n, t);
      t -= value / derivative;
      slope = derivative;
    }
    alphas[k] = (1 + t) / 2;
    stepSizes[k] = 1 / ((1 - t * t) * slope * slope);
  }
  return { alphas, stepSizes };
}

/** P_n(t) and its derivative, by the three-term recurrence. */
function legendre(n: number, t: number): [value: number, derivative: number] {
  let [before, value] = [1, t];
  for (let degree = 2; degree <= n; degree++) [before, value] = [value, ((2 * degree - 1) * t * value - (degree - 1) * before) / degree];
  return [value, (n * (t * value - before)) / (t * t - 1)];
}
