import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProductBaselines } from '../../../src/engine/attribution/productBaselines';
import { TokenReferenceBase } from '../../../src/engine/attribution/tokenReferenceBase';

describe('ProductBaselines', () => {
  it('draws every combination, and keeps features that share a key together', () => {
    const lists = new ProductBaselines([['a', 'b'], ['c'], ['d', 'e']]);
    assert.deepEqual(new Set(Array.from({ length: 60 }, () => (lists.sample() as string[]).join(''))), new Set(['acd', 'ace', 'bcd', 'bce']));
    const grouped = new ProductBaselines<string>(new Map<string | string[], unknown[]>([[['city', 'state'], [['Seattle', 'WA'], ['Dallas', 'TX']]], ['colour', ['red']]]));
    const drawn = new Set(Array.from({ length: 30 }, () => JSON.stringify(grouped.sample())));
    assert.deepEqual(drawn, new Set(['{"city":"Seattle","state":"WA","colour":"red"}', '{"city":"Dallas","state":"TX","colour":"red"}']));
    assert.deepEqual(new ProductBaselines({ animal: ['cat'] }).sample(), { animal: 'cat' });
  });

  it('refuses features without baselines, and groups of another length', () => {
    assert.throws(() => new ProductBaselines({ animal: [] }), /feature animal must have a list of at least one baseline/);
    assert.throws(() => new ProductBaselines(new Map([[['a', 'b'], [['x']]]])), /must have lists of 2 values each/);
  });
});

describe('TokenReferenceBase', () => {
  it('repeats the reference token', () => {
    assert.deepEqual(new TokenReferenceBase(7).generateReference(3), { dtype: 'int64', shape: [3], data: new BigInt64Array([7n, 7n, 7n]) });
    assert.throws(() => new TokenReferenceBase(0.5), /referenceTokenIdx must be a whole number of at least 0, got 0.5/);
  });
});
