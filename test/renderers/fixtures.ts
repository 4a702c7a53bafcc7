import { readFileSync } from 'node:fs';
import jpeg from 'jpeg-js';
import type { AttributionOutput, AttributionView, ConvergenceInfo, ImageView, PathInfo, TargetInfo } from '../../src/protocol/output';
import { base64FromBytes, base64FromFloats } from '../../src/visualization/base64';
import { encodePng } from '../../src/visualization/encodePng';

// Outputs to draw in tests. The attributions of pictures are invented here: they are test data, not results of a model.

/** A square cut from the middle of one of the sample photographs, as RGBA. */
export function photo(name: string, side: number): Uint8ClampedArray {
  const { width, height, data } = jpeg.decode(readFileSync(new URL(`../../media/samples/photos/${name}.jpg`, import.meta.url)), { useTArray: true });
  const cut = Math.min(width, height);
  const [left, top] = [(width - cut) / 2, (height - cut) / 2];
  const rgba = new Uint8ClampedArray(side * side * 4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = 4 * (Math.floor(top + ((y + 0.5) * cut) / side) * width + Math.floor(left + ((x + 0.5) * cut) / side));
      rgba.set(data.subarray(from, from + 4), 4 * (y * side + x));
    }
  }
  return rgba;
}

/** Invented attributions, as speckled as those of gradients: edges near the middle count for, those to the upper right against. */
export function inventedMap(rgba: Uint8ClampedArray, side: number): Float32Array {
  const luma = (x: number, y: number): number => {
    const from = 4 * (Math.min(side - 1, y) * side + Math.min(side - 1, x));
    return (rgba[from] + rgba[from + 1] + rgba[from + 2]) / 765;
  };
  const bump = (x: number, y: number, cx: number, cy: number, r: number): number => Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r));
  return Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const edge = luma(x + 1, y) - luma(x, y) + luma(x, y + 1) - luma(x, y);
    const [u, v] = [x / side, y / side];
    const speckle = Math.sin(12.9898 * x + 78.233 * y) * 43758.5453;
    const noise = 2 * (speckle - Math.floor(speckle)) - 1;
    const weight = bump(u, v, 0.46, 0.46, 0.17) + 0.05;
    const against = bump(u, v, 0.84, 0.32, 0.1);
    return 0.03 * (noise ** 3 + 0.4) * weight * (0.35 + 4 * Math.abs(edge)) - 0.012 * against * (0.3 + 0.7 * Math.abs(noise));
  });
}

const espresso = (): TargetInfo => ({ index: [967], label: 'espresso', score: 11.2, probability: 0.83 });

const predictions = (): TargetInfo[] => [
  espresso(),
  { index: [504], label: 'coffee mug', score: 8.9, probability: 0.083 },
  { index: [925], label: 'consomme', score: 7.4, probability: 0.019 },
];

/** F along a path that rises late, and attributions that lag behind it by `lag`. */
export function risingPath(steps: number, lag: number): PathInfo {
  const alphas = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const values = alphas.map((alpha) => 0.002 + 0.827 / (1 + Math.exp(-14 * (alpha - 0.45))));
  const cumulative = values.map((value, i) => value - lag * Math.sin((Math.PI / 2) * alphas[i]) * alphas[i]);
  return { alphas, values, cumulative };
}

const converged = (): ConvergenceInfo => ({
  delta: -0.0031,
  endValue: 0.829,
  startValue: 0.002,
  relative: 0.0037,
  verdict: 'converged',
  explanation: 'The attributions account for the change of the output to within 1 %.',
  next: { label: 'Refine to 200 steps', request: { options: { nSteps: 200 } } },
  path: risingPath(50, 0.0031),
});

const SUMMARY = 'Integrated Gradients of espresso (class 967, p = 0.83): test data.';

/** An image output of 224 x 224 with everything that can be in one. */
export function imageOutput(change: Partial<AttributionOutput> = {}): AttributionOutput {
  return {
    schema: 1,
    id: 'image-1',
    summary: SUMMARY,
    method: { name: 'IntegratedGradients', title: 'Integrated Gradients', options: { nSteps: 50, method: 'gausslegendre' }, baseline: 'zero' },
    model: { name: 'EfficientNet-Lite0', format: 'onnx' },
    runtime: 'onnxruntime-node (cpu)',
    inputs: [{ name: 'coffee.jpg', shape: [1, 3, 224, 224], dtype: 'float32', attributionsShape: [1, 3, 224, 224] }],
    examples: [{ target: espresso(), predictions: predictions(), convergence: converged(), views: [imageView('coffee', 224)] }],
    omittedExamples: 0,
    cost: { seconds: 1.23, forwardPasses: 52, gradientPasses: 50, rowsPerChunk: 8, peakBytes: 199 * 2 ** 20 },
    ...change,
  };
}

/** An image view of a sample photograph. */
export function imageView(name: string, side: number, change: Partial<ImageView> = {}): ImageView {
  const rgba = photo(name, side);
  return {
    kind: 'image',
    name: `${name}.jpg`,
    width: side,
    height: side,
    attributions: base64FromFloats(inventedMap(rgba, side)),
    image: base64FromBytes(encodePng(rgba, side, side)),
    ...change,
  };
}

/** An image output with the given attributions in place of the invented ones. */
export function imageOutputOf(attributions: Float32Array, side: number, withImage = true): AttributionOutput {
  const view = imageView('coffee', side, { attributions: base64FromFloats(attributions) });
  if (!withImage) delete view.image;
  const output = imageOutput();
  return { ...output, examples: [{ ...output.examples[0], views: [view] }] };
}

const RUST = ['fn', ' ', 'main', '()', ' {', '\n', '    ', 'let', ' ', 'mut', ' names', ' =', ' Vec', '::', 'new', '();', '\n', '    ', 'println!', '("', 'hello', '");', '\n', '}'];
const RUST_WEIGHTS = [0.31, 0, 0.06, 0.02, 0.01, 0, -0.01, 0.12, 0, 0.27, -0.02, 0, 0.16, 0.09, -0.08, 0.02, 0, -0.01, 0.44, -0.03, -0.06, 0.01, 0, 0.01];

/** A text output over a few lines of code; the numbers are invented. */
export function textOutput(change: Partial<AttributionOutput> = {}): AttributionOutput {
  const rust: TargetInfo = { index: [41], label: 'Rust', score: 0.91, probability: 0.91 };
  return {
    ...imageOutput(),
    id: 'text-1',
    summary: 'Integrated Gradients of Rust (p = 0.91): test data.',
    model: { name: 'VS Code language detection', format: 'tfjs' },
    inputs: [{ name: 'selection', shape: [RUST.length], dtype: 'string', attributionsShape: [RUST.length] }],
    examples: [
      {
        target: rust,
        predictions: [rust, { index: [7], label: 'C++', score: 0.03, probability: 0.03 }],
        convergence: {
          ...converged(),
          delta: -0.051,
          relative: 0.062,
          verdict: 'not-converged',
          explanation: 'The sum misses the change of the output by more than 5 %, so single values may be off; more steps follow the curve better.',
          path: risingPath(12, 0.051),
        },
        views: [{ kind: 'text', name: 'selection', tokens: [...RUST], attributions: [...RUST_WEIGHTS] }],
      },
    ],
    ...change,
  };
}

/** A tabular output: the ToyModel of Captum's talk, whose attributions are known. */
export function tabularOutput(change: Partial<AttributionOutput> = {}): AttributionOutput {
  return {
    ...imageOutput(),
    id: 'tabular-1',
    summary: 'Integrated Gradients of output 0: 0, −0.59 and −1.9.',
    model: { name: 'ToyModel', format: 'function' },
    inputs: [{ name: 'input', shape: [1, 3], dtype: 'float32', attributionsShape: [1, 3] }],
    examples: [
      {
        target: { index: [0], score: -0.79 },
        convergence: { delta: 0.0002, endValue: -0.793, startValue: 1.695, relative: 0.00008, verdict: 'converged', explanation: 'The attributions account for the change of the output to within 1 %.' },
        views: [{ kind: 'tabular', name: 'input', features: ['x0', 'x1', 'x2'], values: [0.5, -0.2, 0.9], attributions: [0, -0.5899, -1.8985] }],
      },
    ],
    ...change,
  };
}

/** Something drawn from given numbers, as the visualize functions of a cell make it. */
function figureOutput(id: string, title: string, view: AttributionView, more: Partial<AttributionOutput> = {}): AttributionOutput {
  return {
    schema: 1,
    id,
    summary: `${title}.`,
    method: { name: 'figure', title, options: {} },
    model: { name: '', format: '' },
    runtime: '',
    inputs: [],
    examples: [{ views: [view] }],
    omittedExamples: 0,
    cost: { seconds: 0, forwardPasses: 0, gradientPasses: 0, rowsPerChunk: 0 },
    figure: true,
    ...more,
  };
}

/** Two channels of 40 points: a sine whose peak at point 8 counts for, and a ramp whose end counts against. */
export function timeseriesOutput(more: Partial<AttributionOutput> = {}): AttributionOutput {
  const points = Array.from({ length: 40 }, (_, i) => i);
  const values = Float32Array.from([...points.map((i) => Math.sin(i / 5)), ...points.map((i) => i / 40)]);
  const attributions = Float32Array.from([...points.map((i) => (Math.abs(i - 8) < 3 ? 0.5 : 0)), ...points.map((i) => (i > 30 ? -0.25 : 0))]);
  return figureOutput('series-1', 'Time series', { kind: 'timeseries', name: 'series', channels: ['left', 'right'], length: 40, values: base64FromFloats(values), attributions: base64FromFloats(attributions) }, more);
}

/** Two texts, the first of which is classified wrongly. */
export const recordsOutput = (): AttributionOutput =>
  figureOutput('records-1', 'Word importance', {
    kind: 'records',
    name: 'texts',
    legend: true,
    records: [
      { tokens: ['the', 'movie', 'was', 'great'], attributions: [0.1, -0.4, 0, 0.8], trueClass: 'negative', predClass: 'positive', predProb: 0.93, attrClass: 'positive', attrScore: 0.5 },
      { tokens: ['a', 'dull', 'story'], attributions: [0, -0.6, 0.2], trueClass: 'negative', predClass: 'negative', predProb: 0.88, attrClass: 'positive', attrScore: -0.4 },
    ],
  });

/** Three pictures of the same attributions. */
export function panelsOutput(): AttributionOutput {
  const [view] = imageOutput().examples[0].views;
  if (view.kind !== 'image') throw new Error('an image is expected');
  return figureOutput('panels-1', 'Integrated Gradients', { ...view, panels: [{ mode: 'original_image', sign: 'all', title: 'Input' }, { mode: 'heat_map', sign: 'positive' }, { mode: 'masked_image', sign: 'absolute_value' }] });
}

/** The attributions of a language model's answer of two tokens. */
export const answerOutput = (): AttributionOutput =>
  figureOutput('answer-1', 'Feature Ablation', { kind: 'text', name: 'prompt', tokens: ['Dave', 'Palm Coast', 'lawyer'], attributions: [0.1, 3, -0.2], outputs: { tokens: [' golf', ' law'], attributions: [[0.1, 2.9, 0], [0, 0.1, -0.2]] } });
