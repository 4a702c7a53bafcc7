import { real } from '../operators/attributes';
import { float32, isFloat32, type Tensor } from '../tensor';
import type { Graph, GraphNode, ValueInfo } from './graph';

interface FoldedConv {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** What a convolution's weights became with a BatchNormalization in them, so that graphs of different batch sizes share them. */
const folded = new WeakMap<Tensor, { parts: readonly (Tensor | undefined)[]; epsilon: number; result: FoldedConv }[]>();

/**
 * Puts each BatchNormalization y = (x - mean) / sqrt(var + epsilon) * scale + bias into the Conv that computes x and
 * nothing else uses: its weights are multiplied by scale / sqrt(var + epsilon) for each output channel.
 */
export function foldBatchNormalizations(graph: Graph, kept: ReadonlySet<string>): Graph {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const uses = new Map<string, number>();
  for (const node of graph.nodes) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const constants = new Map(graph.constants);
  const values = new Map(graph.values);
  const replaced = new Map<GraphNode, GraphNode | undefined>();
  const addConstant = (name: string, tensor: Tensor): string => {
    let free = name;
    for (let suffix = 1; values.has(free); suffix++) free = `${name}_${suffix}`;
    constants.set(free, tensor);
    values.set(free, { name: free, dtype: tensor.dtype, shape: tensor.shape } satisfies ValueInfo);
    return free;
  };
  for (const norm of graph.nodes) {
    const conv = norm.op === 'BatchNormalization' ? producers.get(norm.inputs[0]) : undefined;
    if (!conv || conv.op !== 'Conv' || replaced.has(conv) || kept.has(conv.outputs[0]) || uses.get(conv.outputs[0]) !== 1) continue;
    const result = foldConv(graph, conv, norm);
    if (!result) continue;
    const inputs = [conv.inputs[0], addConstant(`${conv.name}/weight`, result.weight), addConstant(`${conv.name}/bias`, result.bias)];
    replaced.set(conv, undefined);
    replaced.set(norm, { ...conv, inputs, outputs: [norm.outputs[0]] });
  }
  const nodes = graph.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : node));
  return { ...graph, nodes, constants, values };
}

function foldConv(graph: Graph, conv: GraphNode, norm: GraphNode): FoldedConv | undefined {
  const weight = graph.constants.get(conv.inputs[1]);
  const bias = conv.inputs[2] ? graph.constants.get(conv.inputs[2]) : undefined;
  const [scale, shift, mean, variance] = norm.inputs.slice(1).map((input) => graph.constants.get(input));
  if (!weight || !scale || !shift || !mean || !variance || (conv.inputs[2] && !bias)) return undefined;
  const parts = [bias, scale, shift, mean, variance];
  const epsilon = real(norm, 'epsilon', 1e-5);
  const known = folded.get(weight) ?? [];
  const same = known.find((entry) => entry.epsilon === epsilon && entry.parts.every((part, index) => part === parts[index]));
  if (same) return same.result;
  const channels = weight.shape[0];
  const vectors = [scale, shift, mean, variance].map((part) => (isFloat32(part) && part.data.length === channels ? part.data : undefined));
  const [gamma, beta, mu, sigma2] = vectors;
  if (!isFloat32(weight) || !gamma || !beta || !mu || !sigma2 || (bias && !isFloat32(bias))) return undefined;
  const offset = bias ? Array.from(bias.data, Number) : new Array<number>(channels).fill(0);
  const factors = Array.from(gamma, (value, channel) => value / Math.sqrt(sigma2[channel] + epsilon));
  const size = weight.data.length / channels;
  const scaled = new Float32Array(weight.data.length);
  for (let channel = 0, index = 0; channel < channels; channel++) {
    for (const end = index + size; index < end; index++) scaled[index] = weight.data[index] * factors[channel];
  }
  const result: FoldedConv = {
    weight: float32(scaled, weight.shape),
    bias: float32(
      factors.map((factor, channel) => (offset[channel] - mu[channel]) * factor + beta[channel]),
      [channels],
    ),
  };
  folded.set(weight, [...known, { parts, epsilon, result }]);
  return result;
}
