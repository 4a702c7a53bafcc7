import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import type { Shape } from '../../tensor';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';

/** What helps where a model takes its examples on axis 1. */
export const TIME_FIRST =
  'If the model takes its examples on axis 1, as in [time, batch, ...], load it with the option batchAxis: 1 (in a terminal: --batch-axis 1; in Python: lambda x: model(x.transpose(0, 1))), and give inputs with the examples on axis 0.';

/** The model of inputs [time, batch, ...], with inputs [batch, time, ...] where `isTimeFirst` says so. */
export function timeFirst(base: Model, isTimeFirst: readonly boolean[]): Model {
  if (!isTimeFirst.includes(true)) return base;
  const exchanged = (shape: Shape, index: number): Shape => (isTimeFirst[index] ? [shape[1], shape[0], ...shape.slice(2)] : shape);
  return derivedModel(base, JSON.stringify(['time first', isTimeFirst]), () => ({
    inputs: base.inputs.map((port, index) => ({ ...port, shape: exchanged(port.shape, index) })),
    specs: (given) => given.map(({ dtype, shape }, index) => ({ dtype, shape: exchanged(shape, index) })),
    graph(graph): Graph {
      const inputs = graph.inputs.map((input, index): ValueInfo => (isTimeFirst[index] ? { ...input, name: `${input.name}/batch first`, shape: exchanged(input.shape, index) } : input));
      const transposes = graph.inputs.flatMap(({ name, shape }, index): GraphNode[] =>
        isTimeFirst[index] ? [{ name: `${name}/time first`, op: 'Transpose', inputs: [inputs[index].name], outputs: [name], attributes: { perm: exchanged([...shape.keys()], index) } }] : [],
      );
      return { ...graph, inputs, nodes: [...transposes, ...graph.nodes], values: new Map([...graph.values, ...inputs.map((input) => [input.name, input] as const)]) };
    },
  }));
}
