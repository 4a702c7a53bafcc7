import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { ModelPort } from '../model';
import type { Callable } from './callable';
import type { Tf, TensorFunction } from './tfjs';

/** Any function over tensors. What it declares as parameters are its inputs; their shapes are free. */
export function functionCallable(tf: Tf, model: TensorFunction, name: string): Callable {
  const inputs = Array.from({ length: Math.max(1, model.length) }, (_, index): ModelPort => ({ name: model.length > 1 ? `input${index}` : 'input', dtype: 'float32', shape: [] }));
  return {
    format: 'function',
    inputs,
    outputs: [{ name: 'output', dtype: 'float32', shape: [] }],
    weightNames: () => new Map(Object.values(tf.engine().state.registeredVariables).map((variable) => [variable.dataId, variable.name])),
    call(tensors) {
      const result: unknown = model(...tensors);
      const outputs: unknown[] = Array.isArray(result) ? result : [result];
      if (outputs.length === 0 || !outputs.every((output): output is tfjs.Tensor => output instanceof tf.Tensor)) {
        throw new LensError('invalid-model', `Model '${name}': a function must return a tensor or an array of tensors, got ${describe(result)}`);
      }
      return outputs;
    },
  };
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a Promise (the function must not be async)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array holding ${describe(value.find((item) => typeof item !== 'object' || item === null) ?? value[0])}`;
  return value === null || typeof value !== 'object' ? String(value) : `an object of type ${value.constructor?.name ?? 'null prototype'}`;
}
