import { LensError } from '../../../protocol/errors';
import type { Call, LayerDefinition, Reference } from './topology';

/**
 * The calls in the order in which Keras makes them: those farthest from the outputs first, where a layer that is called
 * several times is as far as its farthest call, and a depth-first walk from the outputs decides among equals. It matters,
 * as some layers take the mask off their input for all that are called later. Calls that no output needs are left out.
 *
 * @throws LensError `invalid-model` for cycles and unknown tensors.
 */
export function ordered(name: string, layers: readonly LayerDefinition[], calls: readonly Call[], outputs: readonly Reference[]): Call[] {
  const parents = parentsOf(name, layers, calls);
  const walked = postorder(name, outputs.flatMap((output) => parents.called(output) ?? []), parents.of);
  const depths = new Map<Call, number>();
  const farthest = new Map<number, number>();
  for (const call of walked.reverse()) {
    const depth = Math.max(depths.get(call) ?? 0, farthest.get(call.layer) ?? 0);
    depths.set(call, depth);
    farthest.set(call.layer, depth);
    for (const parent of parents.of(call)) depths.set(parent, Math.max(depth + 1, depths.get(parent) ?? 0));
  }
  return [...depths].sort(([, a], [, b]) => b - a).map(([call]) => call);
}

interface Parents {
  /** The call that makes a tensor; inputs are made by none. */
  called(reference: Reference): Call | undefined;
  /** The calls that make what a call takes, positional arguments before those by name, in the order of the names. */
  of(call: Call): readonly Call[];
}

function parentsOf(name: string, layers: readonly LayerDefinition[], calls: readonly Call[]): Parents {
  const keyOf = (layer: string, call: number): string => `${call} ${layer}`;
  const inputs = new Set(layers.filter(({ kind }) => kind === 'InputLayer').map((layer) => layer.name));
  const byKey = new Map(calls.map((call) => [keyOf(layers[call.layer].name, call.index), call]));
  const called = ({ layer, call }: Reference): Call | undefined => byKey.get(keyOf(layer, call));
  const found = new Map(
    calls.map((call) => {
      const keywords = [...call.kwargs].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, list]) => list);
      const makers = [...call.args, ...keywords].flatMap((argument) => {
        if (!('from' in argument) || (inputs.has(argument.from.layer) && argument.from.call === 0)) return [];
        const maker = called(argument.from);
        if (!maker) throw new LensError('invalid-model', `Model '${name}': layer '${layers[call.layer].name}' is called with an output of '${argument.from.layer}' that does not exist`);
        return [maker];
      });
      return [call, [...new Set(makers)]] as const;
    }),
  );
  return { called, of: (call) => found.get(call) ?? [] };
}

/** Each call behind those that it needs. */
function postorder(name: string, from: readonly Call[], parentsOfCall: (call: Call) => readonly Call[]): Call[] {
  const done: Call[] = [];
  const states = new Map<Call, 'open' | 'done'>();
  const open: { call: Call; waiting: Call[] }[] = [];
  const enter = (call: Call): void => {
    if (states.get(call) === 'open') throw new LensError('invalid-model', `Model '${name}': its layers call each other in a circle`);
    if (states.has(call)) return;
    states.set(call, 'open');
    open.push({ call, waiting: [...parentsOfCall(call)].reverse() });
  };
  for (const call of from) {
    enter(call);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const next = top.waiting.pop();
      if (next) enter(next);
      else {
        states.set(top.call, 'done');
        done.push(top.call);
        open.pop();
      }
    }
  }
  return done;
}
