import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/engine/models/tfjs/tfjs';
import { randomFrom } from '../operators/random';

/** A node of a TensorFlow GraphDef, as tensorflowjs_converter writes it. */
interface NodeDef {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

const FLOAT = { type: 'DT_FLOAT' };
const INT = { type: 'DT_INT32' };
const integers = (...values: number[]): unknown => ({ list: { i: values.map(String) } });

/** Builds `model.json` and weights of a GraphModel. */
export class GraphDefBuilder {
  private readonly nodes: NodeDef[] = [];
  private readonly specs: tfjs.io.WeightsManifestEntry[] = [];
  private readonly chunks: Uint8Array[] = [];
  private readonly functions: unknown[] = [];

  placeholder(name: string, shape: number[], type: unknown = FLOAT): string {
    return this.node(name, 'Placeholder', [], { dtype: type, shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } } });
  }

  node(name: string, op: string, input: string[], attr: Record<string, unknown> = { T: FLOAT }): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  /** A random float32 weight. */
  weight(name: string, ...shape: number[]): string {
    const random = randomFrom(name);
    const size = shape.reduce((product, dim) => product * dim, 1);
    return this.constant(name, Float32Array.from({ length: size }, () => random() - 0.5), shape);
  }

  integers(name: string, values: number[], shape = [values.length]): string {
    return this.constant(name, Int32Array.from(values), shape);
  }

  /** A function for While and If nodes. */
  define(name: string, inputs: [string, string][], output: [string, string, string][], nodeDef: NodeDef[]): void {
    this.functions.push({
      signature: { name, inputArg: inputs.map(([arg, type]) => ({ name: arg, type })), outputArg: output.map(([arg, type]) => ({ name: arg, type })) },
      nodeDef,
      ret: Object.fromEntries(output.map(([arg, , value]) => [arg, value])),
    });
  }

  /** A small classifier of images: convolutions as Grappler fuses them, a reshape that reads the batch size, Softmax. */
  static classifier(): GraphDefBuilder {
    const graph = new GraphDefBuilder();
    graph.placeholder('image', [-1, 8, 8, 3]);
    graph.node('net/conv/Relu', '_FusedConv2D', ['image', graph.weight('net/conv/kernel', 3, 3, 3, 4), graph.weight('net/conv/bias', 4)], {
      T: FLOAT,
      strides: integers(1, 2, 2, 1),
      dilations: integers(1, 1, 1, 1),
      padding: { s: Buffer.from('SAME').toString('base64') },
      data_format: { s: Buffer.from('NHWC').toString('base64') },
      num_args: { i: '1' },
      fused_ops: { list: { s: ['BiasAdd', 'Relu'].map((text) => Buffer.from(text).toString('base64')) } },
      epsilon: { f: 0 },
    });
    graph.node('net/pool/MaxPool', 'MaxPool', ['net/conv/Relu'], { T: FLOAT, ksize: integers(1, 2, 2, 1), strides: integers(1, 2, 2, 1), padding: { s: Buffer.from('VALID').toString('base64') }, data_format: { s: Buffer.from('NHWC').toString('base64') } });
    graph.node('net/flatten/Shape', 'Shape', ['net/pool/MaxPool'], { T: FLOAT, out_type: INT });
    const at = (name: string, value: number): string => graph.integers(name, [value]);
    graph.node('net/flatten/strided_slice', 'StridedSlice', ['net/flatten/Shape', at('begin', 0), at('end', 1), at('step', 1)], { T: INT, Index: INT, shrink_axis_mask: { i: '1' }, begin_mask: { i: '0' }, end_mask: { i: '0' }, ellipsis_mask: { i: '0' }, new_axis_mask: { i: '0' } });
    graph.node('net/flatten/stack', 'Pack', ['net/flatten/strided_slice', graph.integers('features', [16], [])], { T: INT, N: { i: '2' }, axis: { i: '0' } });
    graph.node('net/flatten/Reshape', 'Reshape', ['net/pool/MaxPool', 'net/flatten/stack'], { T: FLOAT, Tshape: INT });
    graph.node('net/dense/MatMul', 'MatMul', ['net/flatten/Reshape', graph.weight('net/dense/kernel', 16, 5)], { T: FLOAT, transpose_a: { b: false }, transpose_b: { b: false } });
    graph.node('net/dense/BiasAdd', 'BiasAdd', ['net/dense/MatMul', graph.weight('net/dense/bias', 5)], { T: FLOAT, data_format: { s: Buffer.from('NHWC').toString('base64') } });
    graph.node('net/Softmax', 'Softmax', ['net/dense/BiasAdd']);
    graph.node('Identity', 'Identity', ['net/Softmax']);
    return graph;
  }

  /** x * 2, three times over, in a While loop. */
  static loop(): GraphDefBuilder {
    const graph = new GraphDefBuilder();
    graph.placeholder('x', [-1, 3]);
    graph.node('while', 'StatelessWhile', [graph.integers('count', [0], []), 'x'], {
      cond: { func: { name: 'goOn' } },
      body: { func: { name: 'double' } },
      T: { list: { type: ['DT_INT32', 'DT_FLOAT'] } },
      output_shapes: { list: { shape: [{}, {}] } },
    });
    graph.node('Identity', 'Identity', ['while:1']);
    const args: [string, string][] = [['step', 'DT_INT32'], ['value', 'DT_FLOAT']];
    graph.define('goOn', args, [['less', 'DT_BOOL', 'Less:z:0']], [{ name: 'Less', op: 'Less', input: ['step', `${graph.integers('goOn/limit', [3], [])}:output:0`], attr: { T: INT } }, { name: 'goOn/limit', op: 'Const', attr: { dtype: INT } }]);
    graph.define('double', args, [['next', 'DT_INT32', 'AddV2:z:0'], ['doubled', 'DT_FLOAT', 'Add:z:0']], [
      { name: 'AddV2', op: 'AddV2', input: ['step', `${graph.integers('double/one', [1], [])}:output:0`], attr: { T: INT } },
      { name: 'double/one', op: 'Const', attr: { dtype: INT } },
      { name: 'Add', op: 'AddV2', input: ['value', 'value'], attr: { T: FLOAT } },
    ]);
    return graph;
  }

  json(paths: string[] = ['group1-shard1of1.bin']): Record<string, unknown> {
    return {
      format: 'graph-model',
      modelTopology: { node: this.nodes, library: { function: this.functions }, versions: {} },
      weightsManifest: [{ paths, weights: this.specs }],
    };
  }

  weights(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks));
  }

  load(tf: Tf): Promise<tfjs.GraphModel> {
    const json = this.json();
    return tf.loadGraphModel({ load: async () => ({ modelTopology: json.modelTopology as object, format: 'graph-model', weightSpecs: this.specs, weightData: this.weights().buffer as ArrayBuffer }) });
  }

  private constant(name: string, values: Float32Array | Int32Array, shape: number[]): string {
    const dtype = values instanceof Float32Array ? 'float32' : 'int32';
    if (!name.includes('goOn/') && !name.includes('double/')) this.nodes.push({ name, op: 'Const', attr: { dtype: dtype === 'float32' ? FLOAT : INT, value: { tensor: { dtype: dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32', tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } } } } });
    this.specs.push({ name, shape, dtype });
    this.chunks.push(new Uint8Array(values.buffer));
    return name;
  }
}
