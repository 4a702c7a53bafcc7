import { LensError } from '../../../protocol/errors';
import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import { int64, type Shape, type Tensor } from '../../tensor';
import type { Model, ModelPort } from '../model';
import { derivedModel } from './derivedModel';

/** What helps where a model takes one example as it is. */
export const NO_BATCH_AXIS = 'If the model takes one example without an axis for examples, load it with the option batchAxis: false (in a terminal: --no-batch-axis).';

/**
 * The model of one example that has no axis for examples, as torchvision's detectors take a picture [3, H, W], with such
 * an axis of length 1 in front of its inputs, and of its outputs where they do not begin with one.
 */
export function withBatchAxis(base: Model): Model {
  return derivedModel(base, JSON.stringify(['batch axis']), () => ({
    inputs: base.inputs.map(withAxis),
    outputs: base.outputs.map((port) => (port.shape[0] === 1 ? port : withAxis(port))),
    specs: (given) =>
      given.map(({ dtype, shape }) => {
        if (shape[0] !== 1) throw new LensError('shape-mismatch', `Model '${base.name}': takes one example at a time, got ${shape[0] ?? 'no axis of examples'}`);
        return { dtype, shape: shape.slice(1) };
      }),
    graph: addAxis,
  }));
}

const withAxis = ({ name, dtype, shape }: ModelPort): ModelPort => ({ name, dtype, shape: [1, ...shape] });

function addAxis(graph: Graph): Graph {
  const values = new Map(graph.values);
  const constants = new Map<string, Tensor>(graph.constants);
  const reshape = (from: string, { name, dtype }: ValueInfo, shape: Shape): GraphNode => {
    const target = `${name}/shape`;
    const vector = int64(shape, [shape.length]);
    constants.set(target, vector);
    values.set(target, { name: target, dtype: 'int64', shape: vector.shape });
    values.set(name, { name, dtype, shape });
    return { name: `${name}/Reshape`, op: 'Reshape', inputs: [from, target], outputs: [name], attributes: shape.includes(0) ? { allowzero: 1 } : {} };
  };
  const example = (name: string): string => (graph.inputs.some((input) => input.name === name) ? `${name}/example` : name);
  const inputs = graph.inputs.map((input): ValueInfo => ({ ...input, shape: [1, ...input.shape] }));
  const taken = graph.inputs.map((input) => reshape(input.name, { ...input, name: example(input.name) }, input.shape));
  for (const input of inputs) values.set(input.name, input);
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(example) }));
  const given: GraphNode[] = [];
  const outputs = graph.outputs.map((name) => {
    const output = graph.values.get(name);
    if (!output || output.shape[0] === 1) return example(name);
    given.push(reshape(example(name), { ...output, name: `${name}/batch` }, [1, ...output.shape]));
    return `${name}/batch`;
  });
  return { ...graph, inputs, outputs, nodes: [...taken, ...nodes, ...given], constants, values };
}
