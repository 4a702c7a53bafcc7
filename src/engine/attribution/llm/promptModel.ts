import type { Graph, ValueInfo } from '../../graph/graph';
import type { Model } from '../../models/model';
import type { Tensor } from '../../tensor';
import { sharedEngine } from '../engine';
import { currentJob } from '../job';
import { Passes } from '../passes';
import { examplesOf } from '../rows';
import { promptBatch } from './languageModel';

/** Prompts of up to so many more tokens share a compiled graph. */
const LENGTH_STEP = 8;

/**
 * A language model as a function of which features of a prompt are kept: [prompts, features] of ones and zeros to
 * [prompts, 1 + target tokens], what `scorer` returns for the prompts. It is evaluated, not differentiated: what a row
 * stands for is a text of its own length.
 */
export class PromptModel implements Model {
  readonly format = 'onnx';
  readonly name: string;
  readonly inputs: Model['inputs'];
  readonly outputs: Model['outputs'];
  readonly executor: NonNullable<Model['executor']>;
  private readonly graphs = new Map<number, Graph>();

  constructor(
    private readonly base: Model,
    private readonly scorer: Model,
    private readonly targetIds: readonly number[],
    features: number,
    /** The token ids of the prompt with these features kept. */
    private readonly promptOf: (kept: ArrayLike<number>) => readonly number[],
    /** The name of what runs the language model. */
    runtime: string,
  ) {
    this.name = base.name;
    this.inputs = [{ name: 'prompt', dtype: 'float32', shape: [-1, features] }];
    this.outputs = [{ name: 'scores', dtype: 'float32', shape: [-1, 1 + targetIds.length] }];
    this.executor = { name: runtime, run: async (_, { prompt }) => ({ scores: await this.scores(prompt) }) };
  }

  async graph([{ shape }]: Parameters<Model['graph']>[0]): Promise<Graph> {
    const values = [...this.inputs, ...this.outputs].map((port): ValueInfo => ({ ...port, shape: [shape[0], ...port.shape.slice(1)] }));
    const graph = this.graphs.get(shape[0]) ?? { name: this.name, inputs: values.slice(0, 1), outputs: ['scores'], nodes: [], constants: new Map(), values: new Map(values.map((value) => [value.name, value])) };
    this.graphs.set(shape[0], graph);
    return graph;
  }

  dispose(): void {} // the base model is its owner's

  private scores(kept: Tensor): Promise<Tensor<'float32'>> {
    const [count, features] = kept.shape;
    const prompts = Array.from({ length: count }, (_, row) => this.promptOf(Float64Array.from({ length: features }, (_, feature) => Number(kept.data[row * features + feature]))));
    return scored(this.scorer, promptBatch(this.base, prompts, this.targetIds, LENGTH_STEP));
  }
}

/** The output of a model of `languageModel.ts` for a batch of prompts, in chunks that fit the memory. */
export async function scored(model: Model, batch: readonly Tensor[]): Promise<Tensor<'float32'>> {
  const engine = await sharedEngine();
  const rows = examplesOf(batch);
  const described = rows.count > 1 ? { ...rows, describe: (done: number) => `prompt ${done} of ${rows.count}` } : rows;
  return new Passes(engine.functionOf(model), rows.count, { job: currentJob() }).evaluate(described);
}
