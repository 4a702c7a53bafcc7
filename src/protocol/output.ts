import type { ImageMode } from '../visualization/composeImage';
import type { AttributionSign } from '../visualization/sign';
import type { TimeseriesMethod } from '../visualization/timeseries';
import type { LensErrorCode } from './errors';

/** The notebook output type that our renderer draws. Always accompanied by `image/png` and `text/plain`. */
export const OUTPUT_MIME = 'application/vnd.attribution-lens.v1+json';

/** One attribution, complete enough to be drawn, filtered and explained without running anything. */
export interface AttributionOutput {
  schema: 1;
  /** Identifies this output across recomputation; every message about it carries the id. */
  id: string;
  /** One sentence that says what was computed and what came out; also the `text/plain` of the output. */
  summary: string;
  method: MethodInfo;
  model: { name: string; format: string };
  /** The executor that ran it, for example `onnxruntime-node (cpu)`. */
  runtime: string;
  inputs: InputInfo[];
  /** One entry for each example of the batch, at most {@link MAX_EXAMPLES}. */
  examples: ExampleOutput[];
  /** Examples of the batch that are not drawn. */
  omittedExamples: number;
  cost: CostInfo;
  /** A second attribution of the same inputs, shown beside it. */
  compared?: ComparedOutput;
  /** Drawn from numbers that were given: nothing of it can be computed anew. What is not known of its origin is empty or 0. */
  figure?: boolean;
  /** How it is shown at first; what is left out is as usual. */
  initialView?: InitialView;
}

/** What a cell asked for when it drew attributions itself. */
export interface InitialView {
  sign?: AttributionSign;
  /** Of images. */
  mode?: ImageMode;
  /** Of time series. */
  timeseries?: TimeseriesMethod;
  /** Id of a colour scheme. */
  scheme?: string;
  outlierPerc?: number;
}

/** What differs in an attribution that is shown beside another; it has the same inputs, of the same model. */
export interface ComparedOutput {
  summary: string;
  method: MethodInfo;
  examples: ExampleOutput[];
  cost: CostInfo;
}

/** More examples than this are computed, but not put into the output. */
export const MAX_EXAMPLES = 16;

export interface MethodInfo {
  /** Captum's class name: `IntegratedGradients`. */
  name: string;
  /** As people write it: `Integrated Gradients`. */
  title: string;
  /** The options used, defaults included, as plain values: `{ nSteps: 50, method: 'gausslegendre' }`. */
  options: Record<string, string | number | boolean>;
  /** How the baseline reads: `zero`, `mean`, `blurred input`, `given tensor`. */
  baseline?: string;
}

export interface InputInfo {
  name: string;
  shape: number[];
  dtype: string;
  /** The shape of this input's attributions. */
  attributionsShape: number[];
}

export interface CostInfo {
  seconds: number;
  /** Examples pushed through the model forward, and forward and back. */
  forwardPasses: number;
  gradientPasses: number;
  /** How the gradient passes were batched: rows of a chunk. */
  rowsPerChunk: number;
  /** Peak resident memory of the job in bytes, where it was measured. */
  peakBytes?: number;
}

export interface ExampleOutput {
  target?: TargetInfo;
  /** The strongest classes of this example, best first, when the output looks like classes. */
  predictions?: TargetInfo[];
  convergence?: ConvergenceInfo;
  /** One view for each input tensor. */
  views: AttributionView[];
}

export interface TargetInfo {
  /** Index into the output's non-batch axes. */
  index: number[];
  label?: string;
  /** The model's output at the target. */
  score: number;
  /** Softmax or sigmoid of the score, when the output is known to be logits, or the score itself when it is one. */
  probability?: number;
}

/** The completeness check of a path method: `delta = sum(attributions) - (F(x) - F(baseline))`. */
export interface ConvergenceInfo {
  delta: number;
  /** F(x), the selected output at the input. */
  endValue: number;
  /** F(baseline). */
  startValue: number;
  /** |delta| / |F(x) - F(baseline)|; null when the denominator is 0. */
  relative: number | null;
  verdict: Verdict;
  /** One sentence on what the verdict means here. */
  explanation: string;
  /** The next action, when there is one worth offering. */
  next?: NextAction;
  /** F along the straight path against the attributions summed so far. */
  path?: PathInfo;
}

/** converged: relative <= 1 %; loose: <= 5 % (the limit of the Integrated Gradients paper); else not-converged. flat: F(x) = F(baseline). */
export type Verdict = 'converged' | 'loose' | 'not-converged' | 'flat';
export const CONVERGED_LIMIT = 0.01;
export const LOOSE_LIMIT = 0.05;

export interface NextAction {
  /** The button's text: `Refine to 200 steps`. */
  label: string;
  request: RecomputeRequest;
}

export interface PathInfo {
  /** Position on the path, 0 = baseline, 1 = input; ascending. */
  alphas: number[];
  /** The selected output at each alpha. */
  values: number[];
  /** F(baseline) + the sum of the attributions of the path up to each alpha. */
  cumulative: number[];
}

/** Changes to what was computed; what is left out stays. */
export interface RecomputeRequest {
  method?: string;
  options?: Record<string, string | number | boolean>;
  baseline?: BaselineChoice;
  /** Index into the output's non-batch axes. */
  target?: number[];
  /** Shows beside it what comes out with these changes; null takes that away again. */
  compare?: Omit<RecomputeRequest, 'compare'> | null;
}

/** Baselines that can be chosen by name for any input. */
export const BASELINE_CHOICES = ['zero', 'mean', 'blurred', 'noise'] as const;
export type BaselineChoice = (typeof BASELINE_CHOICES)[number];

export type AttributionView = ImageView | TextView | TabularView | TimeseriesView | TextRecordsView;

/** Attributions over pixels, already summed over channels as Captum's visualize_image_attr does first. */
export interface ImageView {
  kind: 'image';
  name: string;
  width: number;
  height: number;
  /** base64 of little-endian float32, row-major H x W. */
  attributions: string;
  /** base64 PNG of the input as it was seen by the model (undone normalisation), W x H. */
  image?: string;
  /** Drawn side by side in these ways, in place of the one that the reader chooses. */
  panels?: ImagePanel[];
}

/** One of several pictures of the same attributions. */
export interface ImagePanel {
  mode: ImageMode;
  sign: AttributionSign;
  title?: string;
}

/** Attributions over tokens, in reading order. */
export interface TextView {
  kind: 'text';
  name: string;
  tokens: string[];
  attributions: number[];
  /** The text that a language model answered with: `attributions` are those of all of it, these are those of each of its tokens. */
  outputs?: { tokens: string[]; attributions: number[][] };
}

/** Attributions over the channels of a time series. */
export interface TimeseriesView {
  kind: 'timeseries';
  name: string;
  /** The names of the channels. */
  channels: string[];
  /** The number of points of a channel. */
  length: number;
  /** Where the points are; 0, 1, 2, ... when left out. */
  x?: number[];
  /** base64 of little-endian float32, row-major channels x length. */
  values: string;
  attributions: string;
}

/** Attributed texts below each other, as Captum's visualize_text draws them. */
export interface TextRecordsView {
  kind: 'records';
  name: string;
  records: TextRecord[];
  /** Whether the colours are explained. */
  legend: boolean;
}

/** One attributed text; what is not known is left out. */
export interface TextRecord {
  tokens: string[];
  attributions: number[];
  trueClass?: string;
  predClass?: string;
  predProb?: number;
  attrClass?: string;
  attrScore?: number;
  convergenceScore?: number;
}

/** Attributions over named or numbered features. */
export interface TabularView {
  kind: 'tabular';
  name: string;
  features: string[];
  values: number[];
  attributions: number[];
}

/** What a notebook cell shows for one attribution. */
export interface AttributionBundle {
  output: AttributionOutput;
  /** The default picture as a PNG file. */
  png: Uint8Array;
}

/** A failure as it is shown beneath a cell. */
export interface FailureInfo {
  code: LensErrorCode | 'internal';
  message: string;
  nextStep?: string;
}
