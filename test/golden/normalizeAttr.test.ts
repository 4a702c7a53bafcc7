import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import { runNormalizeAttr, type NormalizeAttrCase } from './normalizeAttr';
import { closeTo, readCases } from './visualizationCases';

const cases = readCases<NormalizeAttrCase>('NormalizeAttr');

test('all 40 NormalizeAttr cases are here', () => assert.equal(cases.length, 40));

for (const { id, golden, tensors, expectedError } of cases) {
  test(id, () => {
    if (expectedError) {
      assert.throws(
        () => runNormalizeAttr(golden, tensors),
        (error) => error instanceof LensError && error.message.includes(expectedError.message),
      );
      return;
    }
    const result = runNormalizeAttr(golden, tensors);
    closeTo(result.expected_norm_attr, tensors.expected_norm_attr, golden.tolerance.atol_f32);
    closeTo(result.expected_norm_attr, tensors.expected_float64_norm_attr, golden.tolerance.atol_f32);
  });
}
