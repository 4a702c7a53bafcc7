import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Graph, ValueInfo } from '../../../src/engine/graph/graph';
import type { Model, ModelPort } from '../../../src/engine/models/model';
import { float32, type DataType, type Shape } from '../../../src/engine/tensor';

/** A model written with the graph builder; the graph is built for each combination of shapes, and each is recorded. */
export class BuiltModel implements Model {
  readonly format = 'onnx';
  readonly outputs = [{ name: 'y', dtype: 'float32', shape: [] }] as const;
  /** The batch sizes that graphs were asked for. */
  readonly batches: number[] = [];
  private readonly graphs = new Map<string, Graph>();

  constructor(
    readonly inputs: readonly ModelPort[],
    private readonly build: (builder: GraphBuilder, inputs: readonly ValueInfo[]) => ValueInfo,
    readonly name = 'model',
  ) {}

  async graph(inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Graph> {
    const key = JSON.stringify(inputs);
    const known = this.graphs.get(key);
    if (known) return known;
    this.batches.push(inputs[0].shape[0]);
    const builder = new GraphBuilder(this.name);
    const values = inputs.map(({ dtype, shape }, index) => builder.input(this.inputs[index].name, dtype, shape));
    const graph = builder.build([this.build(builder, values)]);
    this.graphs.set(key, graph);
    return graph;
  }

  dispose(): void {
    this.graphs.clear();
  }
}

const port = (name: string, width: number): ModelPort => ({ name, dtype: 'float32', shape: [-1, width] });

/** y = tanh(x W) with W [3, 2], so that each example has two outputs. */
export const tanhModel = (): BuiltModel =>
  new BuiltModel([port('x', 3)], (builder, [x]) => builder.op('Tanh', [builder.op('MatMul', [x, builder.constant(float32([1, -0.5, 0.25, 0.75, -1, 0.5], [3, 2]))])]));

/** y = sum(x * x) * scale for each example: [N, 1], with the additional input scale [N, 1]. */
export const scaledSquares = (): BuiltModel =>
  new BuiltModel([port('x', 3), port('scale', 1)], (builder, [x, scale]) =>
    builder.op('Mul', [builder.op('ReduceSum', [builder.op('Mul', [x, x]), builder.integers([1])], { keepdims: 1 }), scale]),
  );

/** y = sum over everything of x * x: one number for the whole batch. */
export const totalSquares = (): BuiltModel =>
  new BuiltModel([port('x', 3)], (builder, [x]) => builder.op('ReduceSum', [builder.op('Mul', [x, x]), builder.integers([0, 1])], { keepdims: 0 }));

/** y = a * b, element by element: [N, 2] from two inputs. */
export const product = (): BuiltModel => new BuiltModel([port('a', 2), port('b', 2)], (builder, [a, b]) => builder.op('Mul', [a, b]));
