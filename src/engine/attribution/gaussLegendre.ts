import type { Quadrature } from './quadrature';

/** From the approximation of a root each step of Newton's method doubles the correct digits, of which there are two at least. */
const NEWTON_STEPS = 5;
/** From degree * sin(angle) on, Stieltjes' series reaches double precision. */
const FAR_FROM_ENDS = 60;
/** Terms of the series that are still larger than what doubles round. */
const TERMS = 24;

/**
 * Gauss-Legendre quadrature over 0..1: the nodes are the roots t = cos(angle) of the Legendre polynomial P_n, moved from
 * -1..1, the weights 1 / (dP_n/dangle)^2. Roots are found by Newton's method in the angle, which keeps their precision at
 * the ends; P_n is computed by its recurrence near the ends of -1..1, by Stieltjes' series elsewhere (Hale, Townsend, "Fast
 * and Accurate Computation of Gauss-Legendre and Gauss-Jacobi Quadrature Nodes and Weights", 2013): O(n) in all.
 */
export function gaussLegendre(n: number): Quadrature {
  const alphas = new Float64Array(n);
  const stepSizes = new Float64Array(n);
  const [degree, below] = [stieltjes(n), stieltjes(n - 1)];
  const isFar = (angle: number): boolean => n * Math.sin(angle) > FAR_FROM_ENDS;
  for (let k = 0; k < n / 2; k++) {
    let angle = (Math.PI * (k + 0.75)) / (n + 0.5);
    let slope = 0;
    for (let step = 0; step < NEWTON_STEPS; step++) {
      const [value, before] = isFar(angle) ? [degree(angle), below(angle)] : legendre(n, Math.cos(angle));
      slope = (n * (Math.cos(angle) * value - before)) / Math.sin(angle);
      angle -= value / slope;
    }
    alphas[k] = Math.sin(angle / 2) ** 2;
    alphas[n - 1 - k] = 1 - alphas[k];
    stepSizes[k] = stepSizes[n - 1 - k] = 1 / slope ** 2;
  }
  if (n % 2 === 1) alphas[(n - 1) / 2] = 0.5;
  return { alphas, stepSizes };
}

/** P_n(t) and P_(n-1)(t), by the three-term recurrence. */
function legendre(n: number, t: number): [value: number, before: number] {
  let [before, value] = [1, t];
  for (let degree = 2; degree <= n; degree++) [before, value] = [value, ((2 * degree - 1) * t * value - (degree - 1) * before) / degree];
  return [value, before];
}

/**
 * P_n(cos(angle)) = 4/pi * prod_j=1..n j/(j + 1/2) * sum_m h_m * cos((n + m + 1/2) angle - (m + 1/2) pi/2) / (2 sin(angle))^(m + 1/2),
 * h_m = prod_j=1..m (j - 1/2)^2 / (j (n + j + 1/2)).
 */
function stieltjes(n: number): (angle: number) => number {
  let factor = 4 / Math.PI;
  for (let j = 1; j <= n; j++) factor *= j / (j + 0.5);
  return (angle) => {
    const divisor = 2 * Math.sin(angle);
    let weight = factor / Math.sqrt(divisor);
    let sum = 0;
    for (let m = 0; m < TERMS; m++) {
      sum += weight * Math.cos((n + m + 0.5) * angle - ((m + 0.5) * Math.PI) / 2);
      weight *= (m + 0.5) ** 2 / ((m + 1) * (n + m + 1.5) * divisor);
    }
    return sum;
  };
}
