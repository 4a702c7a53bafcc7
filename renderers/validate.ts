import { LensError } from '../src/protocol/errors';
import { BASELINE_CHOICES, type ConvergenceInfo, type InitialView, type PathInfo, type RecomputeRequest, type TargetInfo } from '../src/protocol/output';
import type { JobProgress, OutputCapabilities } from '../src/protocol/renderer';
import { IMAGE_MODES } from '../src/visualization/composeImage';
import { ATTRIBUTION_SIGNS } from '../src/visualization/sign';
import { TIMESERIES_METHODS } from '../src/visualization/timeseries';
import type { ExampleModel, OutputModel } from './model';
import { readNumbers, Untrusted } from './read';
import { readView } from './readViews';

const MAX_EXAMPLES = 64;
const MAX_VIEWS = 32;
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
    figure: root.at('figure').optional((value) => value.boolean()),
    initialView: root.at('initialView').optional(readInitialView),
  };
  if (read.examples.length === 0) throw examples.wrong('a list of at least one example', 'an empty list');
  return read;
}

function readInitialView(view: Untrusted): InitialView {
  return {
    sign: view.at('sign').optional((value) => value.choice(ATTRIBUTION_SIGNS)),
    mode: view.at('mode').optional((value) => value.choice(IMAGE_MODES)),
    timeseries: view.at('timeseries').optional((value) => value.choice(TIMESERIES_METHODS)),
    scheme: view.at('scheme').optional((value) => value.string()),
    outlierPerc: view.at('outlierPerc').optional((value) => Math.min(100, Math.max(0, value.number() || 0))),
  };
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
      isOwn: method.at('isOwn').optional((value) => value.boolean()),
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
