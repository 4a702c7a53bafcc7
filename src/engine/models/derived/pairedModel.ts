import { LensError } from '../../../protocol/errors';
import { GraphBuilder } from '../../graph/builder';
import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import { algebra } from '../../operators/algebra';
import type { Rules } from '../../operators/operator';
import { formatShape } from '../../tensor';
import type { Model } from '../model';
import { batchFirst, movesBatch } from './batchFirst';
import { derivedModel } from './derivedModel';

/** The name of the part of an input that is attributed to, and of its reference. */
const valueName = (input: string): string => `value/${input}`;
const referenceName = (input: string): string => `reference/${input}`;

/**
 * A model on pairs of an input and its reference, as DeepLift's rules need it: it takes the `count` inputs, a reference
 * for each, then the base model's other inputs. It runs the base model on a doubled batch, inputs first, and its output
 * is F(x) + F(reference) for each pair, so that one seed reaches both halves. `follows` says which of the other inputs
 * have an entry for each example. Nodes with one of the `rules`, which compare the halves of the batch, get it on the first
 * axis; the same model comes with the same rules.
 */
export function pairedModel(base: Model, count: number, follows: readonly boolean[], rules: Rules): Model {
  return derivedModel(base, JSON.stringify(['paired', count, follows]), () => {
    const isDoubled = (index: number): boolean => index < count || follows[index - count];
    const ports = base.inputs.map((port) => ({ ...port, shape: port.shape.map((dim, axis) => (axis === 0 && dim > 1 ? halfOf(dim, base) : dim)) }));
    return {
      inputs: [...ports.slice(0, count), ...ports.slice(0, count), ...ports.slice(count)],
      specs: (given) => [...given.slice(0, count), ...given.slice(2 * count)].map((spec, index) => (isDoubled(index) ? { ...spec, shape: spec.shape.map((dim, axis) => (axis === 0 ? 2 * dim : dim)) } : spec)),
      compared: (graph) => {
        const rows = graph.inputs[0].shape[0];
        if (!movesBatch(graph, rows)) return undefined;
        return graph.inputs.map(({ shape, dtype }, index) => ({ dtype, shape: isDoubled(index) ? [2 * rows, ...shape.slice(1)] : shape }));
      },
      graph: (graph, twice) => paired(twice ? batchFirst(graph, twice, graph.inputs[0].shape[0], rules) : graph, count, isDoubled),
    };
  });
}

function halfOf(batch: number, { name }: Model): number {
  if (batch % 2 === 0) return batch / 2;
  throw new LensError('shape-mismatch', `Model '${name}': DeepLift runs inputs and references in one batch, which must be even, the model's is fixed to ${batch}`, 'Export the model with a free batch axis.');
}

function paired(graph: Graph, count: number, isDoubled: (index: number) => boolean): Graph {
  const half = (value: ValueInfo, name: string): ValueInfo => ({ ...value, name, shape: value.shape.map((dim, axis) => (axis === 0 ? dim / 2 : dim)) });
  const inputs = [
    ...graph.inputs.slice(0, count).map((input) => half(input, valueName(input.name))),
    ...graph.inputs.slice(0, count).map((input) => half(input, referenceName(input.name))),
    ...graph.inputs.slice(count).map((input, index) => (isDoubled(count + index) ? half(input, valueName(input.name)) : input)),
  ];
  const joins = graph.inputs.flatMap((input, index): GraphNode[] => {
    const [value, reference] = [valueName(input.name), index < count ? referenceName(input.name) : valueName(input.name)];
    return isDoubled(index) ? [{ name: `pairs/${input.name}`, op: 'Concat', inputs: [value, reference], outputs: [input.name], attributes: { axis: 0 } }] : [];
  });
  const values = new Map([...graph.values, ...inputs.map((input) => [input.name, input] as const)]);
  const builder = new GraphBuilder(graph.name, { ...graph, inputs, nodes: [...joins, ...graph.nodes], values });
  const output = builder.value(graph.outputs[0]);
  const rows = output.shape[0] ?? 0;
  if (rows % 2 !== 0 || rows !== graph.inputs[0]?.shape[0]) {
    throw new LensError('shape-mismatch', `Model '${graph.name}': DeepLift needs one output for each example on axis 0, got shape ${formatShape(output.shape)} for ${graph.inputs[0]?.shape[0] ?? 0} rows`);
  }
  const { slice, add } = algebra(builder);
  return builder.build([add(slice(output, 0, 0, rows / 2), slice(output, 0, rows / 2, rows))]);
}
