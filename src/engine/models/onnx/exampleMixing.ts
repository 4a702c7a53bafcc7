import type { GraphNode, ValueInfo } from '../../graph/graph';
import { toNumbers } from '../../tensor';
import type { Emitter, Inputs } from './emitter';

/** The default axis of operators that work along one axis of their first input and keep its length. */
const DEFAULT_AXIS: ReadonlyMap<string, number> = new Map([
  ['Softmax', -1],
  ['LogSoftmax', -1],
  ['Hardmax', -1],
  ['LayerNormalization', -1],
  ['LpNormalization', -1],
  ['Gather', 0],
  ['GatherElements', 0],
  ['ScatterElements', 0],
  ['Split', 0],
  ['Concat', 0],
]);

/** Operators whose first axis holds examples, and that look at neighbours along the others. */
const SPATIAL: ReadonlySet<string> = new Set(['AveragePool', 'Conv', 'ConvTranspose', 'DepthToSpace', 'InstanceNormalization', 'LRN', 'MaxPool', 'Resize', 'SpaceToDepth']);

/** The axis that such an operator works along, counted from the front; undefined for other operators. */
export function axisOf(node: GraphNode, input: ValueInfo | undefined): number | undefined {
  const fallback = DEFAULT_AXIS.get(node.op);
  if (fallback === undefined || !input) return undefined;
  const axis = Object.hasOwn(node.attributes, 'axis') ? Number(node.attributes.axis) : fallback;
  return axis < 0 ? axis + input.shape.length : axis;
}

/**
 * Whether a node makes each example's result depend on the others, given that the examples lie along `axis` of the
 * input `index`. Only for nodes whose result has the examples along one axis again: all others are refused anyway.
 */
export function mixesExamples({ node, inputs, emitter }: { node: GraphNode; inputs: Inputs; emitter: Emitter }, index: number, axis: number): boolean {
  const rank = inputs[index]?.shape.length ?? 0;
  const constants = (position: number): number[] => {
    const tensor = emitter.constantOf(inputs[position]);
    return tensor ? toNumbers(tensor) : [];
  };
  const fromFront = (position: number): number => (position < 0 ? position + rank : position);
  if (SPATIAL.has(node.op)) return index === 0 && axis !== 0;
  switch (node.op) {
    case 'Concat':
      return axis === axisOf(node, inputs[0]);
    case 'LayerNormalization':
      return index === 0 && axis >= (axisOf(node, inputs[0]) ?? 0);
    case 'CumSum':
      return index === 0 && constants(1).map(fromFront).includes(axis);
    case 'Pad':
      return constants(1)[axis] !== 0;
    case 'Tile':
      return constants(1)[axis] !== 1;
    case 'Slice': {
      const axes = inputs[3] ? constants(3).map(fromFront) : constants(1).map((_, position) => position);
      return constants(4).some((step, position) => step < 0 && axes[position] === axis);
    }
    case 'GatherND': {
      const own = Number(node.attributes.batch_dims ?? 0);
      return index === 0 && axis >= own && axis < own + (inputs[1]?.shape.at(-1) ?? 0);
    }
    case 'RoiAlign': // the regions name their examples by number
      return true;
    case 'ScatterND':
      return index === 0;
    case 'Trilu':
      return axis >= rank - 2;
    default:
      return index === 0 && axis === axisOf(node, inputs[0]);
  }
}
