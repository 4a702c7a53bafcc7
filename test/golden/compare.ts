import assert from 'node:assert/strict';
import { LensError } from '../../src/protocol/errors';
import type { GoldenTensor, Tolerance } from './goldenFolder';

/** Asserts equal shapes, and values within an absolute tolerance. */
export function closeTo(actual: GoldenTensor, expected: GoldenTensor, tolerance: number, name = 'result'): void {
  assert.deepEqual([...actual.shape], [...expected.shape], `the shape of ${name}`);
  let worst = 0;
  let place = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const difference = Math.abs(actual.data[i] - expected.data[i]);
    if (!(difference <= worst)) [worst, place] = [difference, i];
  }
  assert.ok(worst <= tolerance, `${name}: element ${place} is ${actual.data[place]}, expected ${expected.data[place]} within ${tolerance}`);
}

/** {@link closeTo} with a case's absolute tolerance and, besides, one in relation to each expected value. */
export function closeToEach(actual: GoldenTensor, expected: GoldenTensor, { atol_f32: absolute = 1e-5, rtol = 0 }: Tolerance, name: string): void {
  const scale = (value: number): number => absolute + rtol * Math.abs(value);
  const scaled = ({ data, shape }: GoldenTensor): GoldenTensor => ({ shape, data: Array.from(data, (value, index) => value / scale(expected.data[index])) });
  assert.deepEqual([...actual.shape], [...expected.shape], `the shape of ${name}`);
  closeTo(scaled(actual), scaled(expected), 1, `${name}, in units of the tolerance`);
}

export const largest = (tensor: GoldenTensor): number => Array.from(tensor.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** What our refusals say where Captum's messages speak of Python. */
const WORDS: readonly (readonly [captum: RegExp, ours: RegExp])[] = [
  [/^Baselines distribution has to be provided in (a )?form of a torch.Tensor/, /^Baselines distribution has to be provided in form of a tensor/],
  [/^Noise types must be either `smoothgrad`, `smoothgrad_sq` or `vargrad`/, /^Noise types must be either smoothgrad, smoothgrad_sq or vargrad, got '/],
  [/^Module of type <class '.*'> has no rule defined/, /^\w+ '.+': LRP has no default rule for this operator/],
  [/^Approximation method must be one/, /^Approximation method must be one of riemann_left, .*, got '/],
  [/^Baseline can be provided as a tensor for just one input/, /^Baseline of input '.+' must be a number, or have the input's shape \[.*\] or that of one example \[.*\], got \[.*\]$/],
  [/^The number of steps has to be larger than one/, /the number of steps has to be larger than one/],
  [/^Perturbations per evaluation must be an integer and at least 1/, /^Perturbations per evaluation must be an integer and at least 1/],
  [/^Sliding window dimensions .* cannot exceed input dimensions/, /^Sliding window dimensions .* cannot exceed input dimensions/],
  [/^Stride dimension .* cannot be larger than sliding window shape dimension/, /^Stride dimension .* cannot be larger than sliding window shape dimension/],
  [/^When perturbations_per_eval > 1/, /^When perturbationsPerEval > 1, the model's output must grow with the batch/],
  [/^Target not provided when necessary, cannot take gradient with respect to multiple outputs/, /^Target not provided when necessary, cannot take gradient with respect to multiple outputs/],
  [/^Target list length does not match output!/, /^Target list length does not match output!/],
  [/^Cannot choose target column with output shape/, /^target: cannot choose \[.*\] of the output \[.*\]|^neuronSelector: layer '.*' has the shape \[.*\], so \d indices are needed/],
  [/^Cannot normalize by scale factor = 0/, /Cannot normalize by scale factor = 0/],
];

/** Asserts that an action refuses with a LensError, in the words of Captum's refusal where we know them. */
export async function refuses(action: () => unknown, captum: { readonly type: string; readonly message: string }): Promise<void> {
  const error = await Promise.resolve()
    .then(action)
    .then(() => undefined, (thrown: unknown) => thrown);
  if (error === undefined) assert.fail(`nothing was refused, expected ${captum.type}: ${captum.message}`);
  if (!(error instanceof LensError)) throw error;
  const words = WORDS.find(([theirs]) => theirs.test(captum.message));
  if (words) assert.match(error.message, words[1]);
}
