import { LensError } from '../src/protocol/errors';
import {
  BASELINE_CHOICES,
  type ConvergenceInfo,
  type PathInfo,
  type RecomputeRequest,
  type TabularView,
  type TargetInfo,
  type TextView,
} from '../src/protocol/output';
import type { JobProgress, OutputCapabilities } from '../src/protocol/renderer';
import { bytesFromBase64, floatsFromBase64 } from '../src/visualization/base64';
import type { ExampleModel, ImageModel, OutputModel, ViewModel } from './model';
import { Untrusted } from './read';

const MAX_EXAMPLES = 64;
const MAX_VIEWS = 32;
const MAX_SIDE = 8192;
const MAX_PIXELS = 4096 * 4096;
const MAX_FEATURES = 20_000;
const MAX_ENTRIES = 100;
const MAX_LAYERS = 1000;
const MAX_RANK = 16;
const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/**
 * Checks and decodes the payload of an output, which may come from a notebook that someone else wrote: known fields are
 * copied, everything else is dropped, arrays are bounded and of the lengths they claim.
 *
 * @throws LensError `invalid-argument` that names the field, what it must be and what it is.
 */
export function readOutput(json: unknown): OutputModel {
  const root = new Untrusted(json, '');
  const schema = root.at('schema').integer(1, MAX_COUNT);
  if (schema !== 1) {
    throw new LensError('invalid-argument', `This output has the format ${schema}, this extension reads 1`, 'Update Attribution Lens, or run the cell again.');
  }
  const model = root.at('model');
  const examples = root.at('examples');
  const read: OutputModel = {
    schema: 1,
    id: root.at('id').string(),
    summary: root.at('summary').string(),
    method: readMethod(root.at('method')),
    model: { name: model.at('name').string(), format: model.at('format').string() },
    runtime: root.at('runtime').string(),
    inputs: root.at('inputs').list(MAX_VIEWS, (input) => ({
      name: input.at('name').string(),
      shape: input.at('shape').list(MAX_RANK, readDimension),
      dtype: input.at('dtype').string(),
      attributionsShape: input.at('attributionsShape').list(MAX_RANK, readDimension),
    })),
    examples: examples.list(MAX_EXAMPLES, readExample),
    omittedExamples: root.at('omittedExamples').integer(0, MAX_COUNT),
    cost: readCost(root.at('cost')),
    compared: root.at('compared').optional(readCompared),
  };
  if (read.examples.length === 0) throw examples.wrong('a list of at least one example', 'an empty list');
  return read;
}

function readMethod(method: Untrusted): OutputModel['method'] {
  return {
    name: method.at('name').string(),
    title: method.at('title').string(),
    options: method.at('options').record(MAX_ENTRIES, readOption),
    baseline: method.at('baseline').optional((value) => value.string()),
  };
}

function readCost(cost: Untrusted): OutputModel['cost'] {
  return {
    seconds: cost.at('seconds').number(),
    forwardPasses: cost.at('forwardPasses').number(),
    gradientPasses: cost.at('gradientPasses').number(),
    rowsPerChunk: cost.at('rowsPerChunk').number(),
    peakBytes: cost.at('peakBytes').optional((value) => value.number()),
  };
}

function readCompared(compared: Untrusted): OutputModel['compared'] {
  const examples = compared.at('examples').list(MAX_EXAMPLES, readExample);
  if (examples.length === 0) throw compared.at('examples').wrong('a list of at least one example', 'an empty list');
  return { summary: compared.at('summary').string(), method: readMethod(compared.at('method')), cost: readCost(compared.at('cost')), examples };
}

/** Checks the answer to `hello`. */
export function readCapabilities(json: unknown): OutputCapabilities {
  const root = new Untrusted(json, 'capabilities');
  return {
    live: root.at('live').boolean(),
    reason: root.at('reason').optional((value) => value.string()),
    methods: root.at('methods').list(MAX_ENTRIES, (method) => ({
      name: method.at('name').string(),
      title: method.at('title').string(),
      description: method.at('description').string(),
      needs: method.at('needs').optional((value) => value.choice(['layer', 'neuron'])),
      cost: method.at('cost').optional((cost) => ({ passes: cost.at('passes').number(), seconds: cost.at('seconds').optional((value) => value.number()) })),
      unavailable: method.at('unavailable').optional((value) => value.string()),
    })),
    layers: root.at('layers').optional((layers) =>
      layers.list(MAX_LAYERS, (layer) => ({ name: layer.at('name').string(), op: layer.at('op').string(), shape: layer.at('shape').list(MAX_RANK, readDimension) })),
    ),
  };
}

/** Checks a progress message; the fraction is brought into 0..1. */
export function readProgress(json: unknown): JobProgress {
  const root = new Untrusted(json, 'progress');
  const fraction = root.at('fraction').number();
  return {
    fraction: Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0,
    message: root.at('message').string(),
    secondsLeft: root.at('secondsLeft').optional((value) => Math.max(0, value.number())),
  };
}

const readDimension = (value: Untrusted): number => value.integer(0, MAX_COUNT);

function readOption(value: Untrusted): string | number | boolean {
  if (typeof value.value === 'boolean') return value.boolean();
  return typeof value.value === 'string' ? value.string() : value.number();
}

function readExample(example: Untrusted): ExampleModel {
  const views = example.at('views').list(MAX_VIEWS, readView);
  if (views.length === 0) throw example.at('views').wrong('a list of at least one view', 'an empty list');
  return {
    target: example.at('target').optional(readTarget),
    predictions: example.at('predictions').optional((list) => list.list(MAX_ENTRIES, readTarget)),
    convergence: example.at('convergence').optional(readConvergence),
    views,
  };
}

function readTarget(target: Untrusted): TargetInfo {
  return {
    index: target.at('index').list(MAX_RANK, readDimension),
    label: target.at('label').optional((value) => value.string()),
    score: target.at('score').number(),
    probability: target.at('probability').optional((value) => value.number()),
  };
}

function readConvergence(convergence: Untrusted): ConvergenceInfo {
  return {
    delta: convergence.at('delta').number(),
    endValue: convergence.at('endValue').number(),
    startValue: convergence.at('startValue').number(),
    relative: convergence.at('relative').optional((value) => value.number()) ?? null,
    verdict: convergence.at('verdict').choice(['converged', 'loose', 'not-converged', 'flat']),
    explanation: convergence.at('explanation').string(),
    next: convergence.at('next').optional((next) => ({ label: next.at('label').string(), request: readRequest(next.at('request')) })),
    path: convergence.at('path').optional(readPath),
  };
}

function readRequest(request: Untrusted): RecomputeRequest {
  return {
    method: request.at('method').optional((value) => value.string()),
    options: request.at('options').optional((value) => value.record(MAX_ENTRIES, readOption)),
    baseline: request.at('baseline').optional((value) => value.choice(BASELINE_CHOICES)),
    target: request.at('target').optional((value) => value.list(MAX_RANK, readDimension)),
  };
}

function readPath(path: Untrusted): PathInfo {
  const alphas = readNumbers(path.at('alphas'));
  return { alphas, values: readNumbers(path.at('values'), alphas.length), cumulative: readNumbers(path.at('cumulative'), alphas.length) };
}

function readView(view: Untrusted): ViewModel {
  switch (view.at('kind').choice(['image', 'text', 'tabular'])) {
    case 'image':
      return readImage(view);
    case 'text':
      return readText(view);
    case 'tabular':
      return readTabular(view);
  }
}

function readImage(view: Untrusted): ImageModel {
  const width = view.at('width').integer(1, MAX_SIDE);
  const height = view.at('height').integer(1, MAX_SIDE);
  const pixels = width * height;
  if (pixels > MAX_PIXELS) throw view.wrong(`of at most ${MAX_PIXELS} pixels`, `${width} x ${height}`);
  return {
    kind: 'image',
    name: view.at('name').string(),
    width,
    height,
    attributions: decoded(view.at('attributions'), (data) => floatsFromBase64(data, pixels)),
    image: view.at('image').optional((image) => {
      const bytes = decoded(image, bytesFromBase64);
      const size = pngSize(bytes);
      if (!size) throw image.wrong('a PNG file', 'something else');
      if (size.width !== width || size.height !== height) throw image.wrong(`a picture of ${width} x ${height}`, `${size.width} x ${size.height}`);
      return bytes;
    }),
  };
}

function decoded<T>(value: Untrusted, decode: (data: string) => T): T {
  const data = value.data();
  try {
    return decode(data);
  } catch (error) {
    throw new LensError('invalid-argument', `${value.path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The size that the header of a PNG file claims, so that no picture larger than its view is unpacked. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const start = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (bytes.length < 33 || start.some((byte, i) => bytes[i] !== byte)) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset + 16, 8);
  return { width: header.getUint32(0), height: header.getUint32(4) };
}

function readText(view: Untrusted): TextView {
  const tokens = view.at('tokens').list(MAX_FEATURES, (token) => token.string());
  return { kind: 'text', name: view.at('name').string(), tokens, attributions: readNumbers(view.at('attributions'), tokens.length) };
}

function readTabular(view: Untrusted): TabularView {
  const features = view.at('features').list(MAX_FEATURES, (feature) => feature.string());
  return {
    kind: 'tabular',
    name: view.at('name').string(),
    features,
    values: readNumbers(view.at('values'), features.length),
    attributions: readNumbers(view.at('attributions'), features.length),
  };
}

function readNumbers(list: Untrusted, length?: number): number[] {
  const numbers = list.list(MAX_FEATURES, (item) => item.number());
  if (length !== undefined && numbers.length !== length) throw list.wrong(`a list of ${length} numbers`, `${numbers.length}`);
  return numbers;
}
