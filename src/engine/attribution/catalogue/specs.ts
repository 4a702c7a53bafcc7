import { LensError } from '../../../protocol/errors';
import { sharedEngine } from '../engine';
import { currentJob } from '../job';
import type { InputSpec } from '../modelFunction';
import { Passes } from '../passes';
import type { Subject } from './method';

/** The shapes for which the model's graph is looked at: of all examples, or where it takes no such batch, of as many as it takes. */
export async function specsOf({ model, inputs, additionalForwardArgs }: Subject): Promise<InputSpec[]> {
  const all = [...inputs, ...additionalForwardArgs];
  const [examples] = inputs[0].shape;
  const specs = (rows: number): InputSpec[] => all.map(({ dtype, shape }, index) => ({ dtype, shape: index < inputs.length || shape[0] === examples ? [rows, ...shape.slice(1)] : shape }));
  try {
    await model.graph(specs(examples));
    return specs(examples);
  } catch (error) {
    if (!(error instanceof LensError) || error.code !== 'shape-mismatch') throw error;
    return specs(model.inputs.find(({ shape }) => shape[0] > 1)?.shape[0] ?? 1);
  }
}

/** Passes of the examples through the model. */
export async function passesOf({ model, inputs, additionalForwardArgs }: Subject): Promise<Passes> {
  const engine = await sharedEngine();
  return new Passes(engine.functionOf(model), inputs[0].shape[0], { forwardArgs: additionalForwardArgs, job: currentJob() });
}
