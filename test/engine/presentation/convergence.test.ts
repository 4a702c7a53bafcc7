import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { convergenceOf } from '../../../src/engine/presentation/convergence';
import type { ConvergenceInfo } from '../../../src/protocol/output';
import { explanationWith } from './explanations';

type Changes = Parameters<typeof explanationWith>[0];
function info(delta: number, changes: Changes = {}): ConvergenceInfo {
  const found = convergenceOf(explanationWith({ convergenceDelta: Float64Array.of(delta), ...changes }), 0);
  assert.ok(found);
  return found;
}

describe('convergenceOf', () => {
  // F(x) - F(baseline) is 0.8
  for (const [delta, verdict, relative] of [[0.0004, 'converged', 0.0005], [-0.0079, 'converged', 0.009875], [0.016, 'loose', 0.02], [-0.039, 'loose', 0.04875], [0.041, 'not-converged', 0.05125]] as const) {
    it(`calls a delta of ${delta} of 0.8 ${verdict}`, () => {
      const found = info(delta);
      assert.equal(found.verdict, verdict);
      assert.ok(Math.abs((found.relative ?? 0) - relative) < 1e-9);
    });
  }

  it('says whether too much or too little was attributed, for both signs of the change', () => {
    assert.match(info(0.1).explanation, /sum to 0.9, more than/);
    assert.match(info(-0.1).explanation, /sum to 0.7, less than/);
    const falling = { startValues: Float64Array.of(1), endValues: Float64Array.of(0.2) };
    assert.match(info(-0.1, falling).explanation, /sum to −0.9, more than/);
    assert.match(info(0.1, falling).explanation, /sum to −0.7, less than/);
  });

  it('offers four times the steps until it is exact, at most 1000', () => {
    assert.deepEqual(info(0.1).next, { label: 'Refine to 200 steps', request: { options: { nSteps: 200 } } });
    assert.equal(info(0.1, { options: { nSteps: 400 } }).next?.label, 'Refine to 1000 steps');
    assert.equal(info(0.1, { options: { nSteps: 1000 } }).next, undefined);
    assert.equal(info(0.0004).next, undefined);
    assert.equal(info(0.1, { options: {} }).next, undefined);
  });

  it('names the loss of riemann_trapezoid and offers the rule without it', () => {
    const found = info(-0.016, { options: { nSteps: 50, method: 'riemann_trapezoid' } });
    assert.match(found.explanation, /\(n − 1\)\/n/);
    assert.deepEqual(found.next?.request, { options: { method: 'gausslegendre' } });
  });

  it('offers another baseline when the output does not change', () => {
    const flat = { startValues: Float64Array.of(1), endValues: Float64Array.of(1 + 1e-8) };
    const found = info(0, flat);
    assert.deepEqual([found.verdict, found.relative, found.next?.request], ['flat', null, { baseline: 'mean' }]);
    assert.deepEqual(info(0, { ...flat, baselineName: 'mean' }).next?.request, { baseline: 'zero' });
  });

  it('draws the path from F(baseline) to F(x), and the attributions summed so far', () => {
    const path = [{ alphas: [0.25, 0.75], values: [0.3, 0.9], increments: [0.2, 0.5] }];
    assert.deepEqual(info(-0.1, { path }).path, { alphas: [0, 0.25, 0.75, 1], values: [0.2, 0.3, 0.9, 1], cumulative: [0.2, 0.2 + 0.1, 0.4 + 0.25, 0.2 + (0.8 - 0.1)] });
  });

  it('draws at most about 200 points of a long path', () => {
    const alphas = Array.from({ length: 1000 }, (_, index) => (index + 0.5) / 1000);
    const drawn = info(0, { path: [{ alphas, values: alphas, increments: alphas.map(() => 0.0008) }] }).path;
    assert.ok(drawn && drawn.alphas.length === 202);
    assert.ok(Math.abs((drawn.cumulative.at(-2) ?? 0) - 0.9962) < 1e-3);
  });

  it('says nothing for methods without a completeness check', () => assert.equal(convergenceOf(explanationWith({ convergenceDelta: undefined }), 0), undefined));
});
