import type { Graph } from '../../graph/graph';
import type { DataType, Shape } from '../../tensor';
import type { Model, ModelPort } from '../model';

type Specs = readonly { readonly shape: Shape; readonly dtype: DataType }[];

/** How a model is made from another. */
export interface Rewrite {
  /** Default: those of the base model. */
  readonly inputs?: readonly ModelPort[];
  /** The shapes that the base model gets, from those given. Default: the same. */
  specs?(given: Specs): Specs;
  /** The shapes of the base model's inputs for a second graph to compare with, where the first one calls for it. */
  compared?(base: Graph): Specs | undefined;
  graph(base: Graph, compared?: Graph): Graph;
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

  constructor(
    private readonly base: Model,
    private readonly rewrite: Rewrite,
  ) {
    this.name = base.name;
    this.format = base.format;
    this.inputs = rewrite.inputs ?? base.inputs;
    this.outputs = base.outputs;
    this.layers = base.layers;
  }

  async graph(inputs: Specs): Promise<Graph> {
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
