import { LensError } from '../../../protocol/errors';
import { orderNodes } from './order';
import type { ParsedModel } from './parsedModel';

/** The part of a model that computes one value, as its only output: an output, a layer, a node, or any value by its name. Throws `not-found`. */
export function endingAt(model: ParsedModel, output: string): ParsedModel {
  const port = model.outputPorts.find(({ name }) => name === output);
  const value = port?.name ?? valueNamed(model, output);
  if (value === undefined) throw new LensError('not-found', `Model '${model.name}': there is no output or layer '${output}'`, `Its outputs are: ${model.outputs.join(', ')}. Inspect the model to see its layers.`);
  const { nodes, used } = orderNodes(model.nodes, [value]);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  return {
    ...model,
    nodes,
    initializers: new Map([...model.initializers].filter(([name]) => used.has(name))),
    outputs: [value],
    outputPorts: [port ?? { name: value, dtype: 'float32', shape: undefined }],
    layers: model.layers.filter((layer) => made.has(layer.output)),
  };
}

function valueNamed({ nodes, layers }: ParsedModel, name: string): string | undefined {
  const layer = layers.find((candidate) => candidate.name === name);
  if (layer) return layer.output;
  const node = nodes.find((candidate) => candidate.name === name || candidate.outputs.includes(name));
  return node?.outputs.includes(name) ? name : node?.outputs.find((value) => value !== '');
}
