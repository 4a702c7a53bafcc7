import { toBinary } from '@bufbuild/protobuf';
import { GraphBuilder } from '../../src/engine/graph/builder';
import type { Graph, GraphNode, ValueInfo } from '../../src/engine/graph/graph';
import { ModelProtoSchema, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from '../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../src/engine/models/onnx/onnxModel';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { float32, isFloat32, type Tensor } from '../../src/engine/tensor';

/** Added to each variance that a layer is divided by: a channel that never changes stays finite. */
const EPSILON = 1e-5;

/**
 * Gives random weights the scale of trained ones, from the activations of some inputs ([examples, ...]), layer by layer
 * (Mishkin and Matas 2016, "All you need is a good init"): each BatchNormalization gets the mean and variance of its
 * input, as training estimates them; each Conv and Gemm with a bias is rescaled to outputs of mean 1 and variance 1 in
 * every channel. So neither signals nor gradients vanish or explode.
 */
export async function normalise(proto: ModelProto, inputs: Tensor<'float32'>, runtime: Runtime): Promise<void> {
  const model = await loadOnnxModel(toBinary(ModelProtoSchema, proto));
  const { graph, statistics } = measuring(await model.graph([inputs]));
  const executable = await runtime.compile(graph);
  const measured = await executable.run({ [graph.inputs[0].name]: inputs });
  await executable.dispose();
  const numbers = ({ name }: ValueInfo): Float32Array => {
    const value = measured[name];
    if (!isFloat32(value)) throw new Error(`'${name}' is ${value.dtype}`);
    return value.data;
  };
  const weights = new Weights(proto.graph);
  for (const [output, { mean, variance }] of statistics) weights.normalise(output, numbers(mean), numbers(variance));
}

interface Statistics {
  /** [channels] */
  readonly mean: ValueInfo;
  /** [channels] */
  readonly variance: ValueInfo;
}

const isAffine = ({ op, inputs }: GraphNode): boolean => ['Conv', 'Gemm'].includes(op) && inputs.length > 2;

/** The graph that normalises each layer while it runs and returns what it was normalised by, by the layer's output. */
function measuring(graph: Graph): { graph: Graph; statistics: ReadonlyMap<string, Statistics> } {
  const builder = new GraphBuilder(graph.name);
  const values = new Map<string, ValueInfo>();
  const statistics = new Map<string, Statistics>();
  for (const { name, dtype, shape } of graph.inputs) values.set(name, builder.input(name, dtype, shape));
  for (const [name, constant] of graph.constants) values.set(name, builder.constant(constant, name));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => values.get(name));
    const [output] = node.outputs;
    if (node.op === 'BatchNormalization') {
      const of = statisticsOf(builder, inputs[0]);
      statistics.set(output, of);
      values.set(output, builder.op(node.op, [...inputs.slice(0, 3), of.mean, of.variance], node.attributes, { name: node.name }));
      continue;
    }
    const results = builder.node(node.op, inputs, node.attributes, { name: node.name, outputs: node.outputs });
    for (const [index, name] of node.outputs.entries()) values.set(name, results[index]);
    if (!isAffine(node)) continue;
    const of = statisticsOf(builder, results[0]);
    statistics.set(output, of);
    const channels = results[0].shape.slice(1, 2);
    const one = builder.constant(float32(new Float32Array(channels[0]).fill(1), channels));
    values.set(output, builder.op('BatchNormalization', [results[0], one, one, of.mean, of.variance], { epsilon: EPSILON }));
  }
  return { graph: builder.build([...statistics.values()].flatMap(({ mean, variance }) => [mean, variance])), statistics };
}

/** Over examples and places. */
function statisticsOf(builder: GraphBuilder, value: ValueInfo | undefined): Statistics {
  if (!value) throw new Error('A layer has no input');
  const axes = value.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const centred = builder.op('Sub', [value, builder.op('ReduceMean', [value], { axes })]);
  return { mean: builder.op('ReduceMean', [value], { axes, keepdims: 0 }), variance: builder.op('ReduceMean', [builder.op('Mul', [centred, centred])], { axes, keepdims: 0 }) };
}

/** The initializers behind the layers of a model. */
class Weights {
  private readonly nodes: ReadonlyMap<string, NodeProto>;
  private readonly initializers: ReadonlyMap<string, TensorProto>;

  constructor(graph: GraphProto | undefined) {
    this.nodes = new Map(graph?.node.map((node) => [node.output[0], node]));
    this.initializers = new Map(graph?.initializer.map((initializer) => [initializer.name, initializer]));
  }

  /** Changes the layer with this output so that it is normalised by this mean and variance. */
  normalise(output: string, mean: Float32Array, variance: Float32Array): void {
    const { opType, input } = this.nodes.get(output) ?? { opType: '', input: [] };
    if (opType === 'BatchNormalization') {
      this.change(input[3], (_, channel) => mean[channel]);
      this.change(input[4], (_, channel) => variance[channel]);
      return;
    }
    const deviation = variance.map((value) => Math.sqrt(value + EPSILON));
    this.change(input[1], (value, channel) => value / deviation[channel], mean.length);
    this.change(input[2], (value, channel) => 1 + (value - mean[channel]) / deviation[channel]);
  }

  /** Changes each number of an initializer, whose first axis (of what a Reshape makes of it) are the channels. */
  private change(name: string, to: (value: number, channel: number) => number, channels?: number): void {
    const { opType, input } = this.nodes.get(name) ?? { opType: '', input: [] };
    if (opType === 'Reshape') return this.change(input[0], to, channels);
    const initializer = this.initializers.get(name);
    if (!initializer) throw new Error(`There is no weight '${name}'`);
    const { buffer, byteOffset, byteLength } = initializer.rawData;
    const numbers = new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
    const perChannel = numbers.length / (channels ?? numbers.length);
    for (let index = 0; index < numbers.length; index++) numbers[index] = to(numbers[index], Math.floor(index / perChannel));
  }
}
