import type { Graph, GraphNode } from '../graph/graph';

/**
 * Whether ONNX Runtime 1.30 takes a node for its WebGPU provider that it then computes wrongly or not at all. Found by
 * running the operator tests on it; such nodes are left to the processor.
 */
export function isBeyondWebGpu({ op, inputs, outputs, attributes }: GraphNode, graph: Graph): boolean {
  const spatialAxes = (graph.values.get(inputs[0])?.shape.length ?? 4) - 2;
  const grouped = Number(attributes.group ?? 1) > 1;
  switch (op) {
    case 'MaxPool':
      return outputs.length > 1;
    case 'Conv':
      return spatialAxes === 3 && grouped;
    case 'ConvTranspose':
      return spatialAxes === 3 || grouped;
    case 'Einsum':
      return String(attributes.equation).includes('...');
    default:
      return false;
  }
}
