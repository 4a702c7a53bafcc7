import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBaselines } from '../../../src/engine/attribution/baselines';
import { withHints } from '../../../src/engine/presentation/hints';
import { float32, int64 } from '../../../src/engine/tensor';
import { product, tanhModel } from './models';

const x = float32([1, 2, 3, 4, 5, 6], [2, 3]);
const model = tanhModel();
const values = async (given: unknown, input = x): Promise<number[]> => Array.from((await readBaselines(given, [input], model)).tensors[0].data);
const name = async (given: unknown): Promise<string> => (await readBaselines(given, [x], model)).name;

describe('readBaselines', () => {
  it('is zero by default', async () => {
    assert.deepEqual(await values(undefined), [0, 0, 0, 0, 0, 0]);
    assert.deepEqual(await values(null), await values(0));
    assert.equal(await name(undefined), 'zero');
  });
  it('takes a number', async () => {
    assert.deepEqual(await values(0.5), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    assert.equal(await name(0.5), '0.5');
  });
  it('takes a tensor of the same shape', async () => {
    assert.deepEqual(await values([[1, 1, 1], [2, 2, 2]]), [1, 1, 1, 2, 2, 2]);
    assert.equal(await name([[1, 1, 1], [2, 2, 2]]), 'given tensor');
  });
  it('repeats one example for all', async () => assert.deepEqual(await values(float32([7, 8, 9], [1, 3])), [7, 8, 9, 7, 8, 9]));
  it('takes integers', async () => assert.deepEqual(await values(int64([7, 8, 9], [1, 3])), [7, 8, 9, 7, 8, 9]));
  it('takes a list of one for one input', async () => assert.deepEqual(await values([float32([7, 8, 9], [1, 3])]), await values([[7, 8, 9]])));
  it('takes one for each of several inputs', async () => {
    const inputs = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2]), float32([3, 4], [1, 2])];
    const { tensors, name: names } = await readBaselines([0.5, null, float32([5, 6], [1, 2])], inputs, product());
    assert.deepEqual(tensors.map(({ data }) => Array.from(data)), [[0.5, 0.5], [0, 0], [5, 6]]);
    assert.equal(names, '0.5, zero, given tensor');
    assert.deepEqual((await readBaselines('mean', inputs, product())).name, 'mean');
  });

  const refused: [string, unknown, string, RegExp][] = [
    ['another shape', [[1, 2]], 'shape-mismatch', /^Baseline of input 'x' must be a number, or have the input's shape \[2, 3\] or that of one example \[1, 3\], got \[1, 2\]$/],
    ['another number of examples', float32(new Float32Array(9), [3, 3]), 'shape-mismatch', /got \[3, 3\]/],
    ['another rank', float32([1], [1]), 'shape-mismatch', /got \[1\]/],
    ['NaN', NaN, 'not-finite', /must be finite, got NaN/],
    ['a tensor with NaN', [[NaN, 1, 1]], 'not-finite', /got 1 NaN among 3/],
    ['an unknown name', 'black', 'invalid-argument', /one of zero, mean, blurred, noise, got 'black'/],
    ['a function', () => 0, 'invalid-argument', /must be a tensor or an array of numbers/],
  ];
  for (const [title, given, code, message] of refused) {
    it(`refuses ${title}`, () => assert.rejects(readBaselines(given, [x], model), { name: 'LensError', code, message }));
  }

  it('refuses too few and a single tensor for several inputs', async () => {
    const inputs = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    await assert.rejects(readBaselines([0], inputs, product()), { code: 'invalid-argument', message: /one for each of the 2 inputs is needed, got 1/ });
    await assert.rejects(readBaselines(float32([3, 4], [1, 2]), inputs, product()), { code: 'invalid-argument', message: /got one tensor/ });
  });
  it('refuses inputs without a path', () => assert.rejects(readBaselines(0, [int64([1], [1])], model), { code: 'invalid-argument', nextStep: 'Attribute to the embedding layer instead.' }));
});

describe('named baselines', () => {
  const image = float32(Float32Array.from({ length: 2 * 3 * 8 * 8 }, (_, index) => index % 7), [2, 3, 8, 8]);
  const mean = (data: Float32Array): number => data.reduce((sum, value) => sum + value, 0) / data.length;

  it('mean of an image is each channel\'s mean', async () => {
    const baseline = Float32Array.from(await values('mean', image));
    for (let channel = 0; channel < 6; channel++) {
      const own = baseline.subarray(channel * 64, (channel + 1) * 64);
      assert.ok(Math.abs(own[0] - mean(image.data.subarray(channel * 64, (channel + 1) * 64))) < 1e-6);
      assert.ok(own.every((value) => value === own[0]));
    }
  });
  it('mean follows the layout that the image was loaded with', async () => {
    const colors = withHints(float32([1, 10, 3, 30], [1, 1, 2, 2]), { layout: 'NHWC' });
    assert.deepEqual(await values('mean', colors), [2, 20, 2, 20]);
  });
  it('mean of rows is the mean over the batch, of one row over its features', async () => {
    assert.deepEqual(await values('mean'), [2.5, 3.5, 4.5, 2.5, 3.5, 4.5]);
    assert.deepEqual(await values('mean', float32([1, 2, 6], [1, 3])), [3, 3, 3]);
  });
  it('mean of a sequence is over its steps', async () => assert.deepEqual(await values('mean', float32([1, 10, 3, 30], [1, 2, 2])), [2, 20, 2, 20]));
  it('blurred keeps a flat image and smooths others', async () => {
    const flat = float32(new Float32Array(64).fill(0.25), [1, 1, 8, 8]);
    assert.ok((await values('blurred', flat)).every((value) => Math.abs(value - 0.25) < 1e-6));
    const point = float32(new Float32Array(400), [1, 1, 20, 20]);
    point.data[10 * 20 + 10] = 1;
    const blur = Float32Array.from(await values('blurred', point));
    assert.ok(blur[210] > blur[211] && blur[211] > blur[212] && blur[212] > 0);
    assert.ok(Math.abs(blur[211] - blur[230]) < 1e-7, 'the same in both directions');
    assert.ok(Math.abs(blur.reduce((sum, value) => sum + value, 0) - 1) < 1e-5, 'the sum stays');
  });
  it('blurred refuses rows of features', () => assert.rejects(values('blurred'), { code: 'invalid-argument', message: /only images and sequences can be blurred, got shape \[2, 3\]/ }));
  it('noise lies within each example\'s range and is the same at every call', async () => {
    const noise = await values('noise');
    assert.ok(noise.slice(0, 3).every((value) => value >= 1 && value <= 3) && noise.slice(3).every((value) => value >= 4 && value <= 6));
    assert.deepEqual(await values('noise'), noise);
    assert.equal(new Set(noise).size, 6);
  });
});
