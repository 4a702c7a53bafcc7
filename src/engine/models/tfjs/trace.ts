import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { Graph, ValueInfo } from '../../graph/graph';
import type { DataType, Shape } from '../../tensor';
import { NeedsAsync, reasonOf, type Callable } from './callable';
import { Emitter } from './emitter';
import { renameValues } from './rename';
import { toTfjsType, type Tf } from './tfjs';
import { Tracer, type CapturedWeight } from './tracer';

/** A graph and the weights that went into it. */
export interface Trace {
  readonly graph: Graph;
  readonly captured: readonly CapturedWeight[];
}

/** Traces replace a method of TensorFlow.js's engine and so go one after the other. */
let last: Promise<unknown> = Promise.resolve();

/** Runs a model once on tensors without values and returns the graph of what it did. */
export function trace(tf: Tf, callable: Callable, name: string, inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Trace> {
  const next = last.then(() => traceNow(tf, callable, name, inputs));
  last = next.catch(() => undefined);
  return next;
}

async function traceNow(tf: Tf, callable: Callable, name: string, inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Trace> {
  await tf.ready();
  const emit = new Emitter(name);
  const tracer = new Tracer(tf, emit, name, callable.weightNames());
  const fed = inputs.map(({ shape, dtype }, index) => emit.input(inputName(callable, index), dtype, shape)).map((value) => emit.cast(value, toTfjsType(value.dtype)));
  const stop = tracer.start();
  let outputs: ValueInfo[];
  try {
    outputs = await run(tf, callable, fed, tracer);
  } catch (error) {
    if (error instanceof LensError || callable.format === 'function') throw error;
    throw new LensError('invalid-model', `Model '${name}': TensorFlow.js cannot run it. ${reasonOf(error)}`);
  } finally {
    stop();
  }
  return { graph: finish(emit, callable, outputs, tracer.labels), captured: tracer.captured };
}

const inputName = ({ inputs }: Callable, index: number): string => inputs[index]?.name ?? `input${index}`;

async function run(tf: Tf, callable: Callable, fed: readonly ValueInfo[], tracer: Tracer): Promise<ValueInfo[]> {
  const engine = tf.engine();
  engine.startScope('trace');
  try {
    return callable.call(fed.map((value) => tracer.stand(value)), tracer).map((tensor) => tracer.valueOf(tensor));
  } catch (error) {
    if (!(error instanceof NeedsAsync) || !callable.callAsync) throw error;
  } finally {
    engine.endScope();
  }
  const tensors: tfjs.Tensor[] = fed.map((value) => tracer.stand(value));
  try {
    const outputs = await callable.callAsync([...tensors]);
    tensors.push(...outputs);
    return outputs.map((tensor) => tracer.valueOf(tensor));
  } finally {
    tf.dispose(tensors);
  }
}

/** Gives each output a name and a node of its own, and all values the names that the user knows. */
function finish(emit: Emitter, callable: Callable, outputs: readonly ValueInfo[], labels: Map<string, string>): Graph {
  emit.scope = '';
  const results: ValueInfo[] = [];
  for (const [index, value] of outputs.entries()) {
    const isOwn = !results.includes(value) && !emit.isInput(value) && !emit.constantOf(value);
    const result = isOwn ? value : emit.op('Identity', [value]);
    if (!labels.has(result.name)) labels.set(result.name, callable.outputs[index]?.name ?? `output${index}`);
    results.push(result);
  }
  return renameValues(emit.build(results), new Map([...emit.weightNames, ...labels]));
}
