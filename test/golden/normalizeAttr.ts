import { normalizeAttr } from '../../src/visualization/normalizeAttr';
import { ATTRIBUTION_SIGNS, type AttributionSign } from '../../src/visualization/sign';

/** The fields of a `NormalizeAttr` case that say what to compute. */
export interface NormalizeAttrCase {
  sign: string;
  outlier_perc: number;
  reduction_axis: number | null;
  expected_warning: string | null;
}

/** A decoded tensor of a case. */
export interface GoldenTensor {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/**
 * Runs one `NormalizeAttr` case. Returns the tensors of the case under the names it expects them by; throws what
 * `normalizeAttr` throws, and an error when the warning is not the expected one.
 */
export function runNormalizeAttr(golden: NormalizeAttrCase, tensors: Record<string, GoldenTensor>): Record<string, GoldenTensor> {
  const { attr } = tensors;
  const [height, width, channels] = attr.shape;
  const reductionAxis = golden.reduction_axis;
  if (reductionAxis !== null && reductionAxis !== 2) throw new Error(`Only axis 2 can be reduced, the case asks for ${reductionAxis}`);
  const result = normalizeAttr(attr.data, { height, width, channels }, signOf(golden.sign), golden.outlier_perc, reductionAxis);
  if (wordsOf(result.warning) !== wordsOf(golden.expected_warning)) {
    throw new Error(`Expected the warning ${JSON.stringify(golden.expected_warning)}, got ${JSON.stringify(result.warning)}`);
  }
  const shape = reductionAxis === 2 ? [height, width] : attr.shape;
  return { expected_norm_attr: { shape, data: result.values } };
}

function signOf(name: string): AttributionSign {
  const sign = ATTRIBUTION_SIGNS.find((known) => known === name);
  if (!sign) throw new Error(`Unknown sign '${name}'`);
  return sign;
}

/** Captum's warning lacks two blanks ("resultsmay", "allclose"). */
const wordsOf = (text: string | null | undefined): string => (text ?? '').replace(/\s/g, '');
