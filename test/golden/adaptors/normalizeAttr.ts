import assert from 'node:assert/strict';
import { normalizeAttr } from '../../../src/visualization/normalizeAttr';
import { ATTRIBUTION_SIGNS, type AttributionSign } from '../../../src/visualization/sign';
import { closeTo, refuses } from '../compare';
import type { GoldenCase, GoldenTensor } from '../goldenFolder';
import type { Adaptor } from './adaptor';

/** Captum's normalisation of attributions for display, with its warning. */
export const normalizeAttrAdaptor: Adaptor = (golden) => {
  if (golden.expectedError) return refuses(() => normalized(golden), golden.expectedError);
  const result = normalized(golden);
  const tolerance = golden.tolerance.atol_f32 ?? 1e-5;
  closeTo(result, golden.tensors.expected_norm_attr, tolerance);
  closeTo(result, golden.tensors.expected_float64_norm_attr, tolerance);
};

function normalized({ json, tensors: { attr } }: GoldenCase): GoldenTensor {
  const [height, width, channels] = attr.shape;
  const axis = json.reduction_axis;
  assert.ok(axis === null || axis === 2, 'only axis 2 can be reduced');
  const { values, warning } = normalizeAttr(attr.data, { height, width, channels }, signOf(json.sign), Number(json.outlier_perc), axis);
  assert.equal(wordsOf(warning), wordsOf(json.expected_warning), 'the warning');
  return { shape: axis === 2 ? [height, width] : attr.shape, data: values };
}

export function signOf(name: unknown): AttributionSign {
  const sign = ATTRIBUTION_SIGNS.find((known) => known === name);
  assert.ok(sign, `unknown sign '${String(name)}'`);
  return sign;
}

/** Captum's warning lacks two blanks ("resultsmay", "allclose"). */
const wordsOf = (text: unknown): string => (typeof text === 'string' ? text.replace(/\s/g, '') : '');
