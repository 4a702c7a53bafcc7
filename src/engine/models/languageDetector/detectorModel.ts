import { GraphBuilder } from '../../graph/builder';
import type { Graph, ValueInfo } from '../../graph/graph';
import { LensError } from '../../../protocol/errors';
import { float32, formatShape, type DataType, type Shape, type Tensor } from '../../tensor';
import type { Model, ModelPort } from '../model';
import type { DetectorWeights } from './weights';

/** The input of the graph: how much of each bigram is there, from 0 to 1. */
export const PRESENCE = 'presence';
export const LOGITS = 'logits';

/**
 * The detector for one text, as a function of which of its bigrams are there. With presence w_i (1 for the text itself,
 * 0 for a text without it) and the rows e (embedding) and l (wide) of the bigrams' buckets,
 *
 *     logits = dense(sum_i w_i e_i / n) + sum_i w_i l_i + bias,
 *
 * a network of two hidden layers beside a linear model. The number of bigrams n stays that of the text. Integrated
 * Gradients over w from 0 to 1 equals Integrated Gradients over the rows e and l themselves from 0, summed over each
 * row, since both paths are the same straight line; and feature ablation removes bigrams.
 */
export class DetectorModel implements Model {
  readonly name = 'VS Code language detection';
  readonly format = 'tfjs-graph';
  readonly activation = 'softmax';
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  private readonly graphs = new Map<number, Graph>();
  /** For each bigram, embedding / n and wide row. */
  private readonly rows: Tensor<'float32'>;

  constructor(
    private readonly weights: DetectorWeights,
    buckets: Int32Array,
    readonly labels: readonly string[],
  ) {
    this.rows = rowsOf(weights, buckets);
    this.inputs = [{ name: PRESENCE, dtype: 'float32', shape: [-1, buckets.length] }];
    this.outputs = [{ name: LOGITS, dtype: 'float32', shape: [-1, weights.labels.length] }];
  }

  async graph(inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Graph> {
    const count = this.rows.shape[0];
    const [input] = inputs;
    if (inputs.length !== 1 || input.dtype !== 'float32' || input.shape.length !== 2 || input.shape[1] !== count) {
      const got = inputs.map(({ shape, dtype }) => `${dtype} ${formatShape(shape)}`).join(', ');
      throw new LensError('shape-mismatch', `Model '${this.name}': input '${PRESENCE}' must be float32 [-1, ${count}] (-1 is free), got ${got}`);
    }
    const [batch] = input.shape;
    const graph = this.graphs.get(batch) ?? this.build(batch);
    this.graphs.set(batch, graph);
    return graph;
  }

  dispose(): void {
    this.graphs.clear();
  }

  private build(batch: number): Graph {
    const { embedding, dense, wideBias } = this.weights;
    const [count, width] = this.rows.shape;
    const builder = new GraphBuilder(this.name);
    const presence = builder.input(PRESENCE, 'float32', [batch, count]);
    const mixed = builder.op('MatMul', [presence, builder.constant(this.rows, 'rows')], {}, { name: 'mixed' });
    const part = (name: string, start: number, end: number): ValueInfo => builder.op('Slice', [mixed, builder.integers([start]), builder.integers([end]), builder.integers([1])], {}, { name });
    let hidden = part('embedding', 0, embedding.shape[1]);
    for (const [index, [kernel, bias]] of dense.entries()) {
      const isLast = index === dense.length - 1;
      const name = isLast ? 'deep' : `hidden${index}`;
      const product = builder.op('MatMul', [hidden, builder.constant(kernel, `${name}/kernel`)], {}, { name: `${name}/MatMul` });
      const sum = builder.op('Add', [product, builder.constant(bias, `${name}/bias`)], {}, { name: isLast ? name : `${name}/Add` });
      hidden = isLast ? sum : builder.op('Relu', [sum], {}, { name });
    }
    const wide = builder.op('Add', [part('wide/sum', embedding.shape[1], width), builder.constant(wideBias, 'wide/bias')], {}, { name: 'wide' });
    return builder.build([builder.op('Add', [hidden, wide], {}, { name: LOGITS })]);
  }
}

function rowsOf({ embedding, wide }: DetectorWeights, buckets: Int32Array): Tensor<'float32'> {
  const [deepWidth, wideWidth] = [embedding.shape[1], wide.shape[1]];
  const width = deepWidth + wideWidth;
  const rows = new Float32Array(buckets.length * width);
  for (const [index, bucket] of buckets.entries()) {
    const deep = embedding.data.subarray(bucket * deepWidth, (bucket + 1) * deepWidth);
    rows.set(deep.map((value) => value / buckets.length), index * width);
    rows.set(wide.data.subarray(bucket * wideWidth, (bucket + 1) * wideWidth), index * width + deepWidth);
  }
  return float32(rows, [buckets.length, width]);
}
