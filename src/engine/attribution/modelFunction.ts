import { LensError } from '../../protocol/errors';
import { differentiate, gradientName } from '../graph/differentiate';
import type { Graph } from '../graph/graph';
import { prune } from '../graph/prune';
import { simplify } from '../graph/simplify';
import type { Model } from '../models/model';
import type { ExecutableCache } from '../runtime/executables';
import type { Executable } from '../runtime/runtime';
import type { DataType, Shape } from '../tensor';

export interface InputSpec {
  readonly shape: Shape;
  readonly dtype: DataType;
}

/** A graph ready to run, with the names that attribution needs of it. */
export interface CompiledFunction {
  readonly graph: Graph;
  /** The model's first output. */
  readonly output: string;
  readonly outputShape: Shape;
  /** The gradients of the attributed inputs, in order; empty for the forward graph. */
  readonly gradients: readonly string[];
}

/** A model and its gradients as graphs for given shapes, each derived once. */
export class ModelFunction {
  private readonly derived = new WeakMap<Graph, Map<number, CompiledFunction>>();

  constructor(
    readonly model: Model,
    private readonly executables: ExecutableCache,
  ) {}

  /** The number of examples that the model must be given at a time; undefined when it takes any. */
  get fixedBatch(): number | undefined {
    return this.model.inputs.find(({ shape }) => shape[0] > 1)?.shape[0];
  }

  /** The model for inputs of these shapes, without what its first output does not need. */
  forward(inputs: readonly InputSpec[]): Promise<CompiledFunction> {
    return this.derive(inputs, 0);
  }

  /** The model and the gradients of its first `attributed` inputs, for a seed fed at run time. */
  gradient(inputs: readonly InputSpec[], attributed: number): Promise<CompiledFunction> {
    return this.derive(inputs, attributed);
  }

  executable({ graph }: CompiledFunction): Promise<Executable> {
    return this.executables.get(graph);
  }

  private async derive(inputs: readonly InputSpec[], attributed: number): Promise<CompiledFunction> {
    const graph = await this.model.graph(inputs);
    const known = this.derived.get(graph) ?? new Map<number, CompiledFunction>();
    this.derived.set(graph, known);
    const compiled = known.get(attributed) ?? this.compiled(graph, attributed);
    known.set(attributed, compiled);
    return compiled;
  }

  private compiled(graph: Graph, attributed: number): CompiledFunction {
    const [output] = graph.outputs;
    const info = graph.values.get(output);
    if (info?.dtype !== 'float32') throw new LensError('invalid-argument', `Model '${this.model.name}': its first output must be float32, got ${info?.dtype ?? 'nothing'}`);
    const forward = prune({ ...graph, outputs: [output] });
    const wrt = graph.inputs.slice(0, attributed).map((input) => input.name);
    const derived = attributed === 0 ? forward : differentiate(forward, { of: output, wrt });
    return { graph: simplify(derived), output, outputShape: info.shape, gradients: wrt.map(gradientName) };
  }
}
