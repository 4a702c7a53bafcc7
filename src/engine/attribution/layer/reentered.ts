import { cutModel } from '../../models/derived/cutModel';
import type { Model } from '../../models/model';
import type { Tensor } from '../../tensor';
import type { AblationTask } from '../ablation';
import type { Task } from '../attribution';
import { examplesOf } from '../rows';

/** What is perturbed in place of the inputs. */
export interface Reentered {
  /** The layers' values at the inputs. */
  readonly values: readonly Tensor<'float32'>[];
  /** The model from the layers on; its inputs are named like the layers. */
  readonly model: Model;
  /** The task with the layers' values as its inputs; the model's own follow, for paths around the layers. */
  readonly task: AblationTask;
}

/** The model of a layer attribution re-entered at the layers, with the layers' values in place of the inputs. */
export async function reentered(task: Task<unknown>): Promise<Reentered> {
  const { passes, place, inputs } = task;
  const values = await place.values(examplesOf(inputs));
  const onward = passes.of(cutModel(passes.model, place.layers ?? []));
  return { values, model: onward.model, task: { ...task, inputs: [...values, ...inputs], attributed: values.length, passes: onward } };
}
