import { LensError } from '../../protocol/errors';
import { differentiate, gradientName } from '../graph/differentiate';
import type { Graph } from '../graph/graph';
import { poolBeforeRelu } from '../graph/poolBeforeRelu';
import { prune } from '../graph/prune';
import { simplify } from '../graph/simplify';
import { layerValue, type LayerPlace } from '../models/derived/layerValue';
import { NO_BATCH_AXIS } from '../models/derived/withBatchAxis';
import type { Model } from '../models/model';
import type { Rules } from '../operators/operator';
import type { ExecutableCache } from '../runtime/executables';
import type { Executable } from '../runtime/runtime';
import type { DataType, Shape } from '../tensor';
import type { Cost } from './explanation';
import { Speed } from './speed';

export interface InputSpec {
  readonly shape: Shape;
  readonly dtype: DataType;
}

/** What is differentiated, and how. */
export interface Derivation {
  /** Tells derivations of the same model apart. */
  readonly key: string;
  /** Derivatives that replace the operators' own. Default: none. */
  readonly rules?: Rules;
  /** Layers whose values gradients are taken with respect to. Default: the attributed inputs. */
  readonly layers?: readonly LayerPlace[];
  /** The number of attributed inputs. Default: all that rows have. */
  readonly attributed?: number;
}

/** Gradients with respect to the attributed inputs. */
export const PLAIN: Derivation = { key: 'plain' };

/** A graph ready to run, with the names that attribution needs of it. */
export interface CompiledFunction {
  readonly graph: Graph;
  /** The model's first output. */
  readonly output: string;
  readonly outputShape: Shape;
  /** The gradients of the attributed inputs or layers, in order; empty for the forward graph. */
  readonly gradients: readonly string[];
  /** The values of the layers, in order. */
  readonly layers: readonly string[];
}

/** A model and its gradients as graphs for given shapes, each derived once. */
export class ModelFunction {
  /** How fast it ran so far. */
  readonly speed = new Speed();
  private readonly lastCosts = new Map<string, { passes: number; seconds: number }>();
  private readonly derived = new WeakMap<Graph, Map<string, CompiledFunction>>();
  private readonly relatives = new WeakMap<Model, ModelFunction>();

  constructor(
    readonly model: Model,
    private readonly executables: ExecutableCache,
  ) {}

  /** The number of examples that the model must be given at a time; undefined when it takes any. */
  get fixedBatch(): number | undefined {
    return this.model.inputs.find(({ shape }) => shape[0] > 1)?.shape[0];
  }

  /** Notes what an algorithm took for so many examples. */
  noteCost(algorithm: string, { forwardPasses, gradientPasses, seconds }: Cost, examples: number): void {
    this.lastCosts.set(algorithm, { passes: (forwardPasses + gradientPasses) / examples, seconds: seconds / examples });
  }

  /** What an example took when an algorithm ran the last time; undefined before. */
  lastCostOf(algorithm: string): { readonly passes: number; readonly seconds: number } | undefined {
    return this.lastCosts.get(algorithm);
  }

  /** The function of a model made from this one. */
  of(model: Model): ModelFunction {
    if (model === this.model) return this;
    const known = this.relatives.get(model) ?? new ModelFunction(model, this.executables);
    this.relatives.set(model, known);
    return known;
  }

  /** The model for inputs of these shapes, without what its first output does not need. */
  forward(inputs: readonly InputSpec[]): Promise<CompiledFunction> {
    return this.derive(inputs, 'forward', (graph, output) => ({ graph: prune({ ...graph, outputs: [output] }), gradients: [], layers: [] }));
  }

  /**
   * The model and the gradients of its first `attributed` inputs, or of layers, for a seed fed at run time. Throws
   * `invalid-argument` for a function of another process.
   */
  async gradient(inputs: readonly InputSpec[], attributed: number, { key, rules, layers }: Derivation = PLAIN): Promise<CompiledFunction> {
    const { executor, name } = this.model;
    if (executor) throw new LensError('invalid-argument', `Model '${name}' is a function of ${executor.name}, of which only the outputs are known: it has no gradients`, 'Use a perturbation method such as FeatureAblation, Occlusion, ShapleyValueSampling, Lime or KernelShap.');
    return this.derive(inputs, `${attributed} ${key} ${JSON.stringify(layers ?? [])}`, (graph, output) => {
      const values = layers?.map((place) => layerValue(this.model, place)(graph).name) ?? [];
      const wrt = layers ? values : graph.inputs.slice(0, attributed).map((input) => input.name);
      const forward = prune({ ...graph, outputs: [...new Set([output, ...values])] });
      // With rules of their own, operators must be those that the user knows.
      const shorter = rules ? forward : poolBeforeRelu(simplify(forward), new Set(forward.outputs));
      return { graph: differentiate(shorter, { of: output, wrt, rules }), gradients: wrt.map(gradientName), layers: values };
    });
  }

  executable({ graph }: CompiledFunction): Promise<Executable> {
    const { executor } = this.model;
    if (executor) return Promise.resolve({ bytes: 0, run: (feeds) => executor.run(graph, feeds), dispose: () => Promise.resolve() });
    return this.executables.get(graph);
  }

  private async derive(inputs: readonly InputSpec[], key: string, make: (graph: Graph, output: string) => Pick<CompiledFunction, 'graph' | 'gradients' | 'layers'>): Promise<CompiledFunction> {
    const graph = await this.model.graph(inputs);
    const known = this.derived.get(graph) ?? new Map<string, CompiledFunction>();
    this.derived.set(graph, known);
    const compiled = known.get(key) ?? this.compiled(graph, make);
    known.set(key, compiled);
    return compiled;
  }

  private compiled(graph: Graph, make: (graph: Graph, output: string) => Pick<CompiledFunction, 'graph' | 'gradients' | 'layers'>): CompiledFunction {
    const [output] = graph.outputs;
    const info = graph.values.get(output);
    if (info?.dtype !== 'float32') throw new LensError('invalid-argument', `Model '${this.model.name}': its first output must be float32, got ${info?.dtype ?? 'nothing'}`);
    const [rows] = info.shape;
    if (this.fixedBatch !== undefined && rows === 1) throw new LensError('shape-mismatch', `Model '${this.model.name}': the first axis of its inputs, of length ${this.fixedBatch}, must be that of the examples, but its output has one row`, NO_BATCH_AXIS);
    if (this.model.executor) return { graph, output, outputShape: info.shape, gradients: [], layers: [] };
    const made = make(graph, output);
    return { ...made, graph: simplify(made.graph), output, outputShape: info.shape };
  }
}
