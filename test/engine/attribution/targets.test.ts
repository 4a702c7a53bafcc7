import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTargets } from '../../../src/engine/attribution/targets';
import { int64 } from '../../../src/engine/tensor';

describe('readTargets', () => {
  it('takes a number for all examples', async () => assert.deepEqual(await readTargets(1, [2, 3], 2), [[1], [1]]));
  it('counts negative numbers from the end', async () => assert.deepEqual(await readTargets(-1, [2, 3], 2), [[2], [2]]));
  it('takes a number for each example of [N, classes]', async () => assert.deepEqual(await readTargets([2, 0], [2, 3], 2), [[2], [0]]));
  it('takes an index for all examples of an output with more axes', async () => assert.deepEqual(await readTargets([1, 3], [2, 2, 4], 2), [[1, 3], [1, 3]]));
  it('takes an index for each example', async () => assert.deepEqual(await readTargets([[1, 3], [0, 2]], [2, 2, 4], 2), [[1, 3], [0, 2]]));
  it('takes a tensor of one element', async () => assert.deepEqual(await readTargets(int64([1], [1]), [3, 2], 3), [[1], [1], [1]]));
  it('takes a tensor with one element for each example', async () => assert.deepEqual(await readTargets(int64([1, 0], [2]), [2, 2], 2), [[1], [0]]));
  it('needs none for one output for each example', async () => {
    assert.equal(await readTargets(undefined, [3], 3), undefined);
    assert.equal(await readTargets(undefined, [3, 1], 3), undefined);
  });
  it('fills up axes of length 1', async () => assert.deepEqual(await readTargets(1, [2, 3, 1], 2), [[1, 0], [1, 0]]));

  const refused: [string, unknown, number[], number, string, RegExp][] = [
    ['a missing target', undefined, [2, 3], 2, 'invalid-argument', /^Target not provided when necessary, cannot take gradient with respect to multiple outputs: the output has the shape \[2, 3\]/],
    ['a list of another length', [0, 1], [3, 2], 3, 'invalid-argument', /^Target list length does not match output! .* 3 example\(s\), the list has 2 target\(s\)/],
    ['a class that does not exist', 3, [2, 3], 2, 'target-out-of-range', /from 0 to 2 on axis 1 of the output \[2, 3\], got 3/],
    ['a class too far from the end', -4, [2, 3], 2, 'target-out-of-range', /got -4/],
    ['a fraction', 0.5, [2, 3], 2, 'target-out-of-range', /got 0.5/],
    ['NaN', NaN, [2, 3], 2, 'target-out-of-range', /got NaN/],
    ['too many indices', [[0, 1], [0, 1]], [2, 3], 2, 'invalid-argument', /cannot choose \[0, 1\] of the output \[2, 3\]/],
    ['too few indices', 0, [2, 3, 4], 2, 'invalid-argument', /selects 4 numbers/],
    ['a tensor of another length', int64([0, 1], [2]), [3, 2], 3, 'invalid-argument', /one for each of the 3 examples, got shape \[2\]/],
    ['a list of numbers for an output of one axis', [0, 0], [2], 2, 'invalid-argument', /must be 2D/],
    ['text', 'cat', [2, 3], 2, 'invalid-argument', /must be a number, a list or a tensor, got 'cat'/],
    ['a list of texts', ['cat', 'dog'], [2, 3], 2, 'invalid-argument', /a list must hold numbers/],
  ];
  for (const [name, target, output, examples, code, message] of refused) {
    it(`refuses ${name}`, () => assert.rejects(readTargets(target as number, output, examples), { name: 'LensError', code, message }));
  }
});
