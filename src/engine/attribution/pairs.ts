import { pairedModel } from '../models/derived/pairedModel';
import type { Model } from '../models/model';
import type { Rules } from '../operators/operator';
import { exceptMarked, markParts } from '../rules/exceptParts';
import { deepLiftRules } from '../rules/deepLift';
import type { Tensor } from '../tensor';
import type { Task } from './attribution';
import type { Derivation } from './modelFunction';
import { copyExample, type Rows } from './rows';
import { zerosLike, type Place } from './place';

/** Each row is an example and its reference: the examples come first, then a reference for each. */
interface Pairs {
  readonly inputs: readonly Tensor[];
  readonly references: readonly Tensor[];
  /** How many rows in a row belong to the same example. */
  readonly perExample: number;
}

/**
 * DeepLift's multipliers of each pair at the place of the attribution, for as many rows as `inputs` and `references`
 * have.
 *
 * @param derivation DeepLift's rules.
 */
export async function multipliersOf({ passes, place, targets }: Pick<Task<unknown>, 'passes' | 'place' | 'targets'>, { inputs, references, perExample }: Pairs, values: readonly Tensor<'float32'>[], derivation: Derivation): Promise<Tensor<'float32'>[]> {
  const fed = [...inputs, ...references];
  const rows: Rows = {
    count: inputs[0].shape[0],
    inputs: fed,
    exampleOf: (row) => Math.floor(row / perExample),
    write: (input, row, into, offset) => copyExample(fed[input], row, into, offset),
    describe: (done) => `pair ${done} of ${inputs[0].shape[0]}`,
  };
  const multipliers = zerosLike(values, rows.count);
  await passes.of(pairedModel(passes.model, inputs.length, passes.followingArgs, exceptMarked(deepLiftRules()), (graph) => markParts(graph, deepLiftRules(), passes.model))).gradients(
    rows,
    targets,
    (row, _, parts) => {
      for (const [index, part] of parts.entries()) multipliers[index].data.set(part, row * part.length);
    },
    { ...derivation, rules: rulesAt(place, passes.model, derivation), layers: place.layers, attributed: inputs.length },
  );
  return multipliers;
}

/** DeepLift's rules; a layer whose input is attributed to keeps its own derivative, as in Captum. */
function rulesAt({ layers = [] }: Place, model: Model, derivation: Derivation): Rules {
  const rules = exceptMarked(derivation.rules);
  const entered = layers.filter(({ isInput }) => isInput).flatMap(({ layer }) => [layer, model.layers?.find(({ name }) => name === layer)?.output ?? layer]);
  return (node, graph) => (entered.includes(node.name) || node.outputs.some((output) => entered.includes(output)) ? undefined : rules(node, graph));
}
