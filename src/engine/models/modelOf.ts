import { refuseModel } from '../attribution/inputs';
import { loadTfjs } from '../tfjs/loadTfjs';
import type { Model } from './model';
import { tfjsModel, type TfjsModelSource } from './tfjs/tfjsModel';

/** Anything that can be attributed: a loaded model, a TensorFlow.js model, or a function over TensorFlow.js tensors. */
export type ModelSource = Model | TfjsModelSource;

const models = new WeakMap<object, Promise<Model>>();

/**
 * The engine's view of a model, the same for the same object. `name` is shown to users in place of the model's own.
 *
 * @throws LensError `invalid-argument` for anything that is not a model.
 */
export function modelOf(source: unknown, name?: string): Promise<Model> {
  if (isModel(source)) return Promise.resolve(source);
  if (!isTfjsSource(source)) refuseModel(source);
  const known = models.get(source) ?? loadTfjs().then(({ tf }) => tfjsModel(tf, source, { name }));
  models.set(source, known);
  return known;
}

/** Whether {@link modelOf} takes a value; of functions only a call can tell whether they take tensors. */
export const isModelSource = (value: unknown): value is ModelSource => isModel(value) || isTfjsSource(value);

const isModel = (value: unknown): value is Model => isObject(value) && typeof value.graph === 'function' && typeof value.format === 'string' && Array.isArray(value.inputs);

/** A LayersModel has `predict` and `layers`, a GraphModel `predict` and `execute`. */
function isTfjsSource(value: unknown): value is TfjsModelSource {
  if (typeof value === 'function') return !isClass(value);
  return isObject(value) && typeof value.predict === 'function' && (typeof value.execute === 'function' || Array.isArray(value.layers));
}

const isClass = (value: object): boolean => /^class\b/.test(Function.prototype.toString.call(value));

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
