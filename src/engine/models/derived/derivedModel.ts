import { LensError } from '../../../protocol/errors';
import type { Graph } from '../../graph/graph';
import type { DataType, Shape } from '../../tensor';
import type { Model, ModelPort } from '../model';

type Specs = readonly { readonly shape: Shape; readonly dtype: DataType }[];

/** How a model is made from another. */
export interface Rewrite {
  /** Default: those of the base model. */
  readonly inputs?: readonly ModelPort[];
  /** Default: those of the base model. */
  readonly outputs?: readonly ModelPort[];
  /** The shapes that the base model gets, from those given. Default: the same. */
  specs?(given: Specs): Specs;
  /** The shapes of the base model's inputs for a second graph to compare with, where the first one calls for it. */
  compared?(base: Graph): Specs | undefined;
  graph(base: Graph, compared?: Graph): Graph;
  /** Takes the place of this one for shapes that it throws `shape-mismatch` for. */
  readonly otherwise?: Rewrite;
}

const known = new WeakMap<Model, Map<string, Model>>();

/** A model whose graph is a rewrite of another's; the same base and key give the same model. */
export function derivedModel(base: Model, key: string, make: () => Rewrite): Model {
  const models = known.get(base) ?? new Map<string, Model>();
  known.set(base, models);
  const model = models.get(key) ?? new DerivedModel(base, make());
  models.set(key, model);
  return model;
}

/** A model whose graph is a rewrite of another's, a new one at every call. */
export const rewrittenModel = (base: Model, rewrite: Rewrite): Model => new DerivedModel(base, rewrite);

class DerivedModel implements Model {
  readonly name: string;
  readonly format: Model['format'];
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly layers: Model['layers'];
  private readonly graphs = new WeakMap<Graph, Graph>();
  private readonly otherwise: DerivedModel | undefined;
  /** The shapes that are left to the other rewrite. */
  private readonly left = new Set<string>();

  constructor(
    private readonly base: Model,
    private readonly rewrite: Rewrite,
  ) {
    this.name = base.name;
    this.format = base.format;
    this.inputs = rewrite.inputs ?? base.inputs;
    this.outputs = rewrite.outputs ?? base.outputs;
    this.layers = base.layers;
    this.otherwise = rewrite.otherwise && new DerivedModel(base, rewrite.otherwise);
  }

  async graph(inputs: Specs): Promise<Graph> {
    const { otherwise } = this;
    if (!otherwise) return this.rewritten(inputs);
    const shapes = JSON.stringify(inputs.map(({ shape }) => shape));
    try {
      if (!this.left.has(shapes)) return await this.rewritten(inputs);
    } catch (error) {
      if (!(error instanceof LensError) || error.code !== 'shape-mismatch') throw error;
      this.left.add(shapes);
    }
    return otherwise.graph(inputs);
  }

  private async rewritten(inputs: Specs): Promise<Graph> {
    const graph = await this.base.graph(this.rewrite.specs?.(inputs) ?? inputs);
    const known = this.graphs.get(graph);
    if (known) return known;
    const compared = this.rewrite.compared?.(graph);
    const rewritten = this.rewrite.graph(graph, compared && (await this.base.graph(compared)));
    this.graphs.set(graph, rewritten);
    return rewritten;
  }

  dispose(): void {} // the base model is its owner's
}
