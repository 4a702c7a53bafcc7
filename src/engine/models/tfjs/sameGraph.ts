import type { Graph } from '../../graph/graph';
import type { Tensor } from '../../tensor';

/** Whether two graphs compute the same, node by node and number by number. */
export function sameGraph(left: Graph, right: Graph): boolean {
  const structure = ({ inputs, outputs, nodes }: Graph): string => JSON.stringify([inputs, outputs, nodes]);
  if (left.constants.size !== right.constants.size || structure(left) !== structure(right)) return false;
  return [...left.constants].every(([name, value]) => sameTensor(value, right.constants.get(name)));
}

function sameTensor(left: Tensor, right: Tensor | undefined): boolean {
  if (left === right) return true;
  if (!right || left.dtype !== right.dtype || left.shape.join() !== right.shape.join()) return false;
  return left.data.length === right.data.length && Array.prototype.every.call(left.data, (value: unknown, index) => Object.is(value, right.data[index]));
}
