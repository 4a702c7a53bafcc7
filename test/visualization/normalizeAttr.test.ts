import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import { normalizeAttr, sumOverChannels } from '../../src/visualization/normalizeAttr';
import { ViewNormalizer } from '../../src/visualization/viewNormalizer';

const flat = (values: number[]): { height: number; width: number; channels: number } => ({ height: 1, width: values.length, channels: 1 });
const codeOf = (code: string, text: string) => (error: unknown) => error instanceof LensError && error.code === code && error.message.includes(text);

test('the scale is where the cumulative sum reaches its share, not a percentile of counts', () => {
  const values = [1, 1, 1, 1, 1, 1, 1, 1, 1, 91];
  assert.equal(normalizeAttr(values, flat(values), 'all', 91).scaleFactor, 1);
  assert.equal(normalizeAttr(values, flat(values), 'all', 90).scaleFactor, 91);
});

test('channels are summed before the magnitude is taken', () => {
  const { values, scaleFactor } = normalizeAttr([3, -3, 1, 1], { height: 1, width: 2, channels: 2 }, 'absolute_value', 0);
  assert.deepEqual(Array.from(values), [0, 1]);
  assert.equal(scaleFactor, 2);
});

test('without a reduction axis the channels stay', () => {
  const { values } = normalizeAttr([4, -2, 1, 1], { height: 1, width: 2, channels: 2 }, 'all', 0, null);
  assert.deepEqual(Array.from(values), [1, -0.5, 0.25, 0.25]);
});

test('negative attributions are shown as positive strength with a negative scale', () => {
  const values = [5, -2, -4];
  const result = normalizeAttr(values, flat(values), 'negative', 0);
  assert.deepEqual(Array.from(result.values, Math.abs), [0, 0.5, 1]);
  assert.equal(result.scaleFactor, -4);
});

test('values beyond the scale are clipped', () => {
  const values = [1, 1, 1, 1, 1, 1, 1, 1, 1, -91];
  assert.equal(normalizeAttr(values, flat(values), 'all', 91).values[9], -1);
});

test('an outlier percentage outside 0 to 100 is refused', () => {
  for (const perc of [-1, 101, NaN]) {
    assert.throws(() => normalizeAttr([1], flat([1]), 'all', perc), codeOf('invalid-argument', `between 0 and 100 inclusive, got ${perc}`));
  }
});

test('an outlier percentage of 100 scales by the smallest magnitude', () => {
  assert.equal(normalizeAttr([2, 8], flat([2, 8]), 'all', 100).scaleFactor, 2);
});

test('no positive attribution is an error for sign positive', () => {
  assert.throws(() => normalizeAttr([-1, 0], flat([-1, 0]), 'positive'), codeOf('invalid-argument', "Cannot normalize by scale factor = 0: no attribution is left for sign 'positive'"));
});

test('NaN is refused with its count', () => {
  assert.throws(() => normalizeAttr([NaN, 1, Infinity], flat([0, 0, 0]), 'all'), codeOf('not-finite', '2 of 3'));
});

test('a length that does not fit the shape is refused', () => {
  assert.throws(() => sumOverChannels([1, 2, 3], { height: 1, width: 2, channels: 2 }), codeOf('invalid-argument', 'need 4 values, got 3'));
});

test('a tiny scale is used, with a warning', () => {
  assert.match(normalizeAttr([1e-6], flat([1e-6]), 'all').warning ?? '', /approximately 0/);
  assert.equal(normalizeAttr([1e-4], flat([1e-4]), 'all').warning, undefined);
});

test('a view of zeros is all zero with scale 0', () => {
  const { values, scaleFactor } = new ViewNormalizer(new Float32Array(3)).normalize('all', 2);
  assert.deepEqual([Array.from(values), scaleFactor], [[0, 0, 0], 0]);
});

test('a view leaves out what is not finite', () => {
  const { values, scaleFactor, nonFinite } = new ViewNormalizer(Float32Array.of(NaN, 2, -Infinity, -1)).normalize('all', 0);
  assert.deepEqual(Array.from(values), [NaN, 1, NaN, -0.5]);
  assert.deepEqual([scaleFactor, nonFinite], [2, 2]);
});

test('a view of nothing but NaN has scale 0', () => {
  const { scaleFactor, nonFinite } = new ViewNormalizer(Float32Array.of(NaN, NaN)).normalize('positive', 2);
  assert.deepEqual([scaleFactor, nonFinite], [0, 2]);
});

test('a view normalizes as normalizeAttr does, for every sign', () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i * i) * i);
  for (const sign of ['all', 'positive', 'negative', 'absolute_value'] as const) {
    const expected = normalizeAttr(values, flat(Array.from(values)), sign, 5);
    const actual = new ViewNormalizer(values).normalize(sign, 5);
    assert.equal(actual.scaleFactor, expected.scaleFactor);
    assert.deepEqual(actual.values, expected.values);
  }
});
