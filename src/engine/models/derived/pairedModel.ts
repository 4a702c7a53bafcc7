import { LensError } from '../../../protocol/errors';
import { GraphBuilder } from '../../graph/builder';
import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import { algebra } from '../../operators/algebra';
import type { Rules } from '../../operators/operator';
import { formatShape } from '../../tensor';
import type { Model } from '../model';
import { batchFirst } from './batchFirst';
import { movesBatch } from './batchLayout';
import { derivedModel, type Rewrite } from './derivedModel';
import { referenceName, twinGraph } from './twinGraph';

/** The name of the part of an input that is attributed to. */
const valueName = (input: string): string => `value/${input}`;

/**
 * A model on pairs of an input and its reference, as DeepLift's rules need it: it takes the `count` inputs, a reference
 * for each, then the base model's other inputs, and its output is F(x) + F(reference) for each pair, so that one seed
 * reaches both. It runs the base model on a doubled batch, inputs first, or, where that takes no other batch or has the
 * examples where they cannot be cut, twice ({@link twinGraph}).
 *
 * @param follows Which of the other inputs have an entry for each example.
 * @param rules Nodes that have one of them get the inputs and the references together, as halves of the first axis. The same
 * model comes with the same rules.
 * @param prepared Changes the graph before the rules look at it.
 */
export function pairedModel(base: Model, count: number, follows: readonly boolean[], rules: Rules, prepared: (graph: Graph) => Graph): Model {
  return derivedModel(base, JSON.stringify(['paired', count, follows]), () => {
    const inputs = [...base.inputs.slice(0, count), ...base.inputs.slice(0, count), ...base.inputs.slice(count)];
    const twice: Rewrite = {
      inputs,
      specs: (given) => [...given.slice(0, count), ...given.slice(2 * count)],
      graph: (graph) => summed(twinGraph(prepared(graph), count, rules)),
    };
    return base.inputs.some(({ shape }) => shape[0] > 1) ? twice : { ...onDoubledBatch(count, follows, rules, prepared), inputs, otherwise: twice };
  });
}

function onDoubledBatch(count: number, follows: readonly boolean[], rules: Rules, prepared: (graph: Graph) => Graph): Rewrite {
  const isDoubled = (index: number): boolean => index < count || follows[index - count];
  return {
    specs: (given) => [...given.slice(0, count), ...given.slice(2 * count)].map((spec, index) => (isDoubled(index) ? { ...spec, shape: spec.shape.map((dim, axis) => (axis === 0 ? 2 * dim : dim)) } : spec)),
    compared: (graph) => {
      const rows = graph.inputs[0].shape[0];
      if (!movesBatch(graph, rows)) return undefined;
      return graph.inputs.map(({ shape, dtype }, index) => ({ dtype, shape: isDoubled(index) ? [2 * rows, ...shape.slice(1)] : shape }));
    },
    graph: (graph, twice) => doubled(twice ? batchFirst(prepared(graph), twice, graph.inputs[0].shape[0], rules) : prepared(graph), count, isDoubled),
  };
}

/** The graph of a doubled batch, joined of the inputs and the references. */
function doubled(graph: Graph, count: number, isDoubled: (index: number) => boolean): Graph {
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
  const output = requireRows(builder.value(graph.outputs[0]), graph);
  const rows = output.shape[0] / 2;
  const { slice, add } = algebra(builder);
  return builder.build([add(slice(output, 0, 0, rows), slice(output, 0, rows, 2 * rows))]);
}

/** The graph with the sum of its first output and of that for the references. */
function summed({ graph, references }: { graph: Graph; references: readonly string[] }): Graph {
  const builder = new GraphBuilder(graph.name, graph);
  return builder.build([algebra(builder).add(requireRows(builder.value(graph.outputs[0]), graph), builder.value(references[0]))]);
}

function requireRows(output: ValueInfo, { name, inputs }: Graph): ValueInfo {
  const rows = inputs[0]?.shape[0] ?? 0;
  if (output.shape.length > 0 && output.shape[0] === rows) return output;
  throw new LensError('shape-mismatch', `Model '${name}': DeepLift needs one output for each example on axis 0, got shape ${formatShape(output.shape)} for ${rows} rows`);
}
