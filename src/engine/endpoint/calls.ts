import { randomUUID } from 'node:crypto';
import { LensError } from '../../protocol/errors';
import { endpointOutputId } from '../../protocol/endpoint';
import { BASELINE_CHOICES, OUTPUT_MIME, type AttributionBundle, type RecomputeRequest } from '../../protocol/output';
import type { Explanation } from '../attribution/explanation';
import { recompute } from '../attribution/recompute';
import { explanationOf } from '../attribution/results';
import { loadKerasModel } from '../models/keras/kerasModel';
import { loadOnnxModel } from '../models/onnx/onnxModel';
import type { Model } from '../models/model';
import { withHints } from '../presentation/hints';
import { display } from '../requests/outputs';
import { FunctionModel, readDeclaredShape } from './functionModel';
import type { Kept } from './kept';
import { callFunction, callMethod, construct } from './names';
import { readHints } from './readHints';

/** A call of a client: its header, its payload, and the values of its arguments. */
export interface Call {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array;
  readonly values: readonly unknown[];
}

/** What calls work on. */
export interface CallScope {
  readonly kept: Kept;
  /** The outputs that were shown to the client. */
  readonly shown: Set<string>;
  /** What each object found last. */
  readonly latest: WeakMap<object, Explanation>;
  callback(number: number): (...values: unknown[]) => Promise<unknown>;
  /** Reads a value of a header, in which there are no tensors. */
  read(value: unknown): unknown;
}

/** A value to be sent, and the record behind it when it is attributions. */
export interface Answer {
  readonly value: unknown;
  readonly explanation?: number;
}

type Handler = (call: Call, scope: CallScope) => Promise<Answer>;

/** One function for each call that a client can make. */
export const calls: Readonly<Record<string, Handler>> = {
  /** Loads an ONNX file, or a file of Keras, the payload. */
  async loadModel({ header: { format, name, labels }, payload }) {
    if (format !== 'onnx' && format !== 'keras') throw new LensError('invalid-argument', `loadModel: the format must be 'onnx' or 'keras', got ${JSON.stringify(format)?.slice(0, 80)}`);
    const title = textOf(name, 'loadModel: name');
    const model: Model = format === 'onnx' ? await loadOnnxModel(payload, { name: title }) : await loadKerasModel(payload, { name: title });
    const labelled = labels === undefined || labels === null ? model : Object.assign(Object.create(model) as typeof model, { labels: stringsOf(labels, 'loadModel: labels') });
    return { value: { ...described(labelled), notes: 'notes' in model ? model.notes : [] } };
  },

  /** A model that is a function of the client. */
  async functionModel({ header: { callback, name, outputs } }, scope) {
    if (typeof callback !== 'number') throw new LensError('invalid-argument', 'functionModel: callback must be the number of a function');
    return { value: described(new FunctionModel(textOf(name, 'functionModel: name'), scope.callback(callback), readDeclaredShape(outputs))) };
  },

  async construct({ header, values }) {
    return { value: construct(header.class, values) };
  },

  async method({ header: { object: number, name }, values }, { kept, latest }) {
    const object = kept.get('$object', typeof number === 'number' ? number : NaN);
    const value = await callMethod(object, name, values);
    const explanation = explanationOf(value);
    if (explanation) latest.set(object, explanation);
    return { value, explanation: explanation && kept.addExplanation(explanation) };
  },

  async function({ header, values }) {
    return { value: await callFunction(header.name, values) };
  },

  /** The mime bundle of attributions, with what is known about the inputs besides. */
  async present({ header, values: [options] }, scope) {
    const explanation = explanationAt(header.of, scope);
    const { hints } = (typeof options === 'object' && options !== null ? options : {}) as { hints?: unknown };
    for (const [index, hint] of readHints(hints).entries()) {
      const subject = (explanation.layerValues ?? explanation.inputs)[index];
      if (subject) withHints(subject, hint);
    }
    return { value: show(explanation, scope) };
  },

  /** As `present`, after what the request changes. */
  async recompute({ header }, scope) {
    return { value: show(await recompute(explanationAt(header.of, scope), readRequest(header.request)), scope) };
  },
};

function described(model: Model): object {
  const { name, inputs, outputs, layers = [] } = model;
  return { handle: model, name, inputs, outputs, layers: layers.map(({ name: layer, op }) => ({ name: layer, op })) };
}

function show(explanation: Explanation, { shown }: CallScope): object {
  const id = endpointOutputId(process.pid, randomUUID());
  shown.add(id);
  return mimeBundle(display(explanation, id));
}

/** What a notebook keeps of an output, by MIME type. */
function mimeBundle({ output, png }: AttributionBundle): object {
  return { [OUTPUT_MIME]: output, 'image/png': Buffer.from(png).toString('base64'), 'text/plain': output.summary };
}

function explanationAt(of: unknown, scope: CallScope): Explanation {
  const { latest } = scope;
  const found = scope.read(of);
  if (typeof found === 'object' && found !== null) {
    const explanation = latest.get(found) ?? found;
    if ('attributions' in explanation && 'method' in explanation) return explanation as Explanation;
  }
  throw new LensError('not-found', 'There are no attributions to show', 'Call attribute first.');
}

/** @throws LensError `invalid-argument` for what is no request of the renderer. */
function readRequest(value: unknown): RecomputeRequest {
  const request = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof RecomputeRequest, unknown>>;
  const { method, options, baseline, target } = request;
  const isPlain = (item: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof item);
  const fits =
    (method === undefined || typeof method === 'string') &&
    (options === undefined || (typeof options === 'object' && options !== null && Object.values(options).every(isPlain))) &&
    (baseline === undefined || BASELINE_CHOICES.some((choice) => choice === baseline)) &&
    (target === undefined || (Array.isArray(target) && target.every((index) => Number.isInteger(index))));
  if (!fits) throw new LensError('invalid-argument', 'recompute: the request must have a method, options, a baseline by its name, or a target');
  return request as RecomputeRequest;
}

function textOf(value: unknown, subject: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 1000) return value;
  throw new LensError('invalid-argument', `${subject} must be a string of at most 1000 letters`);
}

function stringsOf(value: unknown, subject: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new LensError('invalid-argument', `${subject} must be a list of strings`);
}
