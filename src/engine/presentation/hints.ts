/** What is known of an input tensor besides its numbers, so that its attributions can be drawn on what people recognise. */
export interface InputHints {
  /** The file's or variable's name. */
  name?: string;
  /** Which axes are channels, height and width, or channels and points of a time series. */
  layout?: 'NCHW' | 'NHWC' | 'NCL' | 'NLC';
  /** The normalisation `(pixel - mean) / std` that was applied to pixels in 0..1, one value for each channel. */
  mean?: readonly number[];
  std?: readonly number[];
  /** The tokens of a text, in reading order, and how attributions of the tensor's first example become theirs. */
  tokens?: { texts: readonly string[]; attributionsOf: (attributions: Float32Array) => readonly number[] };
  /** Names of the features along the last axis, or of the channels of a time series. */
  features?: readonly string[];
}

const hints = new WeakMap<object, InputHints>();

/** Remembers hints for a tensor of any kind (an engine tensor or a tf.Tensor) as long as that lives, and returns it. */
export function withHints<T extends object>(tensor: T, value: InputHints): T {
  hints.set(tensor, { ...hints.get(tensor), ...value });
  return tensor;
}

/** The hints of a tensor; empty when there are none. */
export const hintsOf = (tensor: object): InputHints => hints.get(tensor) ?? {};
