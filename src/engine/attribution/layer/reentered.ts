import { cutModel } from '../../models/derived/cutModel';
import { isFirst } from '../../models/derived/batchLayout';
import { examplesFirst, inOwnLayout } from '../../models/derived/ownLayout';
import type { Model } from '../../models/model';
import type { Tensor } from '../../tensor';
import type { AblationTask } from '../ablation';
import type { Task } from '../attribution';
import { isTuple } from '../inputs';
import { examplesOf } from '../rows';
import { isTensor, toTensor } from '../tensorLike';

/** What is perturbed in place of the inputs. */
export interface Reentered {
  /** The layers' values at the inputs. */
  readonly values: readonly Tensor<'float32'>[];
  /** The model from the layers on; its inputs are named like the layers. */
  readonly model: Model;
  /** The task with the layers' values as its inputs; the model's own follow, for paths around the layers. */
  readonly task: AblationTask;
  /** An option with a part for each layer, which callers give in the layers' own layout, with the examples on axis 0. */
  examplesFirst(given: unknown, option: string): Promise<unknown>;
}

/** The model of a layer attribution re-entered at the layers, with the layers' values in place of the inputs. */
export async function reentered(task: Task<unknown>): Promise<Reentered> {
  const { passes, place, inputs } = task;
  const { layers = [], layouts = [] } = place;
  const values = await place.values(examplesOf(inputs));
  const onward = passes.of(cutModel(passes.model, layers));
  return {
    values,
    model: onward.model,
    task: { ...task, inputs: [...values, ...inputs], attributed: values.length, passes: onward },
    async examplesFirst(given, option) {
      if (layouts.every(isFirst)) return given;
      const part = async (value: unknown, index: number): Promise<unknown> => {
        if (!isTensor(value) && !Array.isArray(value)) return value;
        const subject = `${option} of layer '${layers[index].layer}'`;
        return examplesFirst((await toTensor(value, subject)).tensor, inOwnLayout(values[index], layouts[index]).shape, layouts[index], subject);
      };
      const isList = Array.isArray(given) && given.length === layers.length && (layers.length > 1 || isTuple(given));
      return isList ? Promise.all(given.map(part)) : part(given, 0);
    },
  };
}
