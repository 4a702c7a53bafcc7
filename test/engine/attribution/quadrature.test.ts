import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { APPROXIMATION_METHODS, quadrature } from '../../../src/engine/attribution/quadrature';

const integral = (method: string, n: number, f: (alpha: number) => number): number => {
  const { alphas, stepSizes } = quadrature(method, n);
  return alphas.reduce((sum, alpha, k) => sum + stepSizes[k] * f(alpha), 0);
};
const near = (actual: number, expected: number, tolerance = 1e-12): void => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

describe('quadrature', () => {
  it('has the weights 1, and (n - 1)/n for the trapezoid as in Captum', () => {
    for (const method of APPROXIMATION_METHODS) for (const n of [2, 7, 50]) near(integral(method, n, () => 1), method === 'riemann_trapezoid' ? (n - 1) / n : 1);
  });

  it('integrates polynomials of degree 2n - 1 exactly with Gauss-Legendre', () => {
    for (const n of [1, 2, 3, 5, 20]) near(integral('gausslegendre', n, (alpha) => alpha ** (2 * n - 1)), 1 / (2 * n));
    assert.ok(Math.abs(integral('gausslegendre', 3, (alpha) => alpha ** 6) - 1 / 7) > 1e-5);
  });

  it('has ascending nodes in 0..1 for many steps', () => {
    const { alphas } = quadrature('gausslegendre', 1000);
    assert.ok(alphas.every((alpha, k) => alpha > (alphas[k - 1] ?? 0) && alpha < 1));
  });

  it('has 20000 Gauss-Legendre nodes at once, as exact as few', () => {
    const started = performance.now();
    for (const n of [59, 200, 20_000]) {
      for (const power of [0, 1, 2, 117]) near(integral('gausslegendre', n, (alpha) => alpha ** power), 1 / (power + 1));
      near(integral('gausslegendre', n, (alpha) => Math.cos(100 * alpha)), Math.sin(100) / 100);
    }
    assert.ok(performance.now() - started < 120_000, 'not by way of the eigenvalues of a matrix, which would take an hour');
  });

  it('refuses an unknown method, naming those there are', () => {
    assert.throws(() => quadrature('riemann', 10), { code: 'invalid-argument', message: /^Approximation method must be one of riemann_left, .*gausslegendre, got 'riemann'$/ });
    assert.throws(() => quadrature('constructor', 10), { code: 'invalid-argument' });
  });

  it('refuses one Riemann step', () => {
    assert.throws(() => quadrature('riemann_trapezoid', 1), { code: 'invalid-argument', message: /has to be larger than one for riemann_trapezoid, got 1/ });
    assert.equal(quadrature('gausslegendre', 1).alphas[0], 0.5);
  });

  for (const n of [0, -1, 1.5, NaN, Infinity, 1e9]) {
    it(`refuses ${n} steps`, () => assert.throws(() => quadrature('gausslegendre', n), { code: 'invalid-argument', message: new RegExp(`got ${n}`) }));
  }
});
