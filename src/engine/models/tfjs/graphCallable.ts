import type * as tfjs from '@tensorflow/tfjs';
import { NeedsAsync, portShape, type Callable } from './callable';
import { fromTfjsType } from './tfjs';

type Port = tfjs.GraphModel['inputs'][number];

/** A converted SavedModel; the output of each node of its graph gets the node's name. */
export function graphCallable(model: tfjs.GraphModel, name: string): Callable {
  // A model without a signature says neither the type nor the shape of its outputs.
  const port = ({ name: portName, dtype, shape }: Partial<Port>) => ({ name: plain(portName ?? 'tensor'), dtype: fromTfjsType(dtype ?? 'float32', `Model '${name}'`), shape: portShape(shape) });
  return {
    format: 'tfjs-graph',
    inputs: model.inputs.map(port),
    outputs: model.outputs.map((output, index) => port({ ...output, name: model.outputNodes[index] })),
    weightNames: () => new Map(Object.entries(model.weights).flatMap(([weight, tensors]) => tensors.map((tensor) => [tensor.dataId, weight] as const))),
    call(inputs, tracer) {
      const nodes = [...model.outputNodes, ...innerNodes(model)];
      const tensors = executeNow(model, inputs, nodes);
      for (const [index, node] of nodes.entries()) if (tensors[index] && !tracer.isLabelled(tensors[index])) tracer.label(tensors[index], plain(node));
      return tensors.slice(0, model.outputNodes.length);
    },
    callAsync: async (inputs) => listOf(await model.executeAsync(inputs, model.outputNodes)),
  };
}

/** The value `node:0` is the first output of the node, and called like it. */
const plain = (name: string): string => name.replace(/:0$/, '');

const listOf = (tensors: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor[] => (Array.isArray(tensors) ? tensors : [tensors]);

function executeNow(model: tfjs.GraphModel, inputs: tfjs.Tensor[], nodes: string[]): tfjs.Tensor[] {
  try {
    return listOf(model.execute(inputs, nodes));
  } catch (error) {
    if (error instanceof Error && error.message.includes('executeAsync')) throw new NeedsAsync(error.message);
    throw error;
  }
}

/** A node of a TensorFlow GraphDef. */
interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
}

/** The names of the nodes that compute something on the way to the outputs, which the model keeps to itself. */
function innerNodes(model: tfjs.GraphModel): string[] {
  const nodes = new Map(graphDef(model).map((node) => [node.name, node]));
  const found = new Set<string>();
  const pending = model.outputNodes.map(plain);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = nodes.get(name);
    if (!node || found.has(name)) continue;
    found.add(name);
    pending.push(...node.input.map((input) => input.replace(/^\^/, '').replace(/:\d+$/, '')));
  }
  const outputs = new Set(model.outputNodes.map(plain));
  const silent = new Set(['Const', 'NoOp', 'Placeholder', 'PlaceholderWithDefault', 'VarHandleOp', 'ReadVariableOp']);
  return [...found].filter((name) => !outputs.has(name) && !silent.has(nodes.get(name)?.op ?? 'NoOp'));
}

/** The graph as it was loaded; TensorFlow.js keeps it in `artifacts.modelTopology.node`. */
function graphDef(model: tfjs.GraphModel): NodeDef[] {
  const nodes = property(property(property(model, 'artifacts'), 'modelTopology'), 'node');
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    const [name, op, input] = [property(node, 'name'), property(node, 'op'), property(node, 'input') ?? []];
    return typeof name === 'string' && typeof op === 'string' && Array.isArray(input) ? [{ name, op, input: input.map(String) }] : [];
  });
}

const property = (value: unknown, key: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined);
