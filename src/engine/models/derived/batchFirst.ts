import { LensError } from '../../../protocol/errors';
import type { Attributes, Graph, GraphNode } from '../../graph/graph';
import type { Rules } from '../../operators/operator';
import { formatShape, int64, sizeOf, type Shape } from '../../tensor';
import { batchLayouts, leading } from './batchLayout';
import { formFor } from './layerValue';

const NEXT_STEP = 'Export the model with the batch on the first axis throughout (batch_first=True), or use Integrated Gradients.';

/**
 * The graph with the examples first at each node that has one of the `rules`: they compare the halves of a batch and
 * cut the first axis. Where the examples lie elsewhere, as in attention over [time, batch, channels], they are moved
 * to the front before the node and back after it; the function is the same.
 *
 * @param twice the same model for twice as many examples: the axis that is longer there is the one of the examples.
 * @param rows the number of examples in `graph`.
 * @throws LensError `shape-mismatch` naming a node whose examples cannot be brought to the front.
 */
export function batchFirst(graph: Graph, twice: Graph, rows: number, rules: Rules): Graph {
  const layouts = batchLayouts(graph, twice);
  const nodes: GraphNode[] = [];
  const values = new Map(graph.values);
  const constants = new Map(graph.constants);
  const shapeOf = (name: string): Shape => graph.values.get(name)?.shape ?? [];

  const step = (op: string, inputs: readonly string[], output: string, shape: Shape, attributes: Attributes = {}): string => {
    nodes.push({ name: `${output}/${op}`, op, inputs, outputs: [output], attributes });
    values.set(output, { name: output, dtype: 'float32', shape });
    return output;
  };
  const reshape = (input: string, output: string, shape: Shape): string => {
    const target = `${output}/shape`;
    const vector = int64(shape, [shape.length]);
    constants.set(target, vector);
    values.set(target, { name: target, dtype: 'int64', shape: vector.shape });
    return step('Reshape', [input, target], output, shape);
  };

  for (const node of graph.nodes) {
    const [x] = node.inputs;
    const [y] = node.outputs;
    const layout = layouts.get(x);
    const shape = shapeOf(x);
    if (!layout || (layout.axis === 0 && layout.within === 1) || !rules(node, graph)) {
      nodes.push(node);
      continue;
    }
    const { axis, within } = layout;
    const outer = leading(shape, axis) * within;
    const refusal = new LensError('shape-mismatch', `${node.op} '${node.name}': DeepLift needs the batch on the first axis, got shape ${formatShape(shape)} with the examples on axis ${axis}`, NEXT_STEP);
    if (!Number.isInteger(outer) || node.inputs.length > 1 || node.outputs.length > 1 || node.op === 'MaxPool') throw refusal;
    const moved = (part: string): string => `${node.name}/batch first/${part}`;
    if (node.op === 'Softmax') {
      if (within !== 1) throw refusal;
      const perm = [axis, ...shape.flatMap((_, index) => (index === axis ? [] : [index]))];
      const front = perm.map((index) => shape[index]);
      const along = Number(node.attributes.axis ?? -1);
      const input = step('Transpose', [x], formFor(node.name, x), front, { perm });
      nodes.push({ ...node, inputs: [input], outputs: [moved('y')], attributes: { ...node.attributes, axis: perm.indexOf(along < 0 ? along + shape.length : along) } });
      values.set(moved('y'), { name: moved('y'), dtype: 'float32', shape: front });
      step('Transpose', [moved('y')], y, shape, { perm: shape.map((_, index) => perm.indexOf(index)) });
      continue;
    }
    const inner = sizeOf(shape) / outer / rows;
    const front = [rows, outer, inner];
    const perm = [1, 0, 2];
    const input = step('Transpose', [reshape(x, moved('x'), [outer, rows, inner])], formFor(node.name, x), front, { perm });
    nodes.push({ ...node, inputs: [input], outputs: [moved('y')] });
    values.set(moved('y'), { name: moved('y'), dtype: 'float32', shape: front });
    reshape(step('Transpose', [moved('y')], moved('back'), [outer, rows, inner], { perm }), y, shape);
  }
  return { ...graph, nodes, values, constants };
}
