import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { LensError } from '../../protocol/errors';
import type { Graph, ValueInfo } from '../graph/graph';
import { toOnnx } from '../graph/onnxWriter';
import { formatShape, tensor, type DataType, type Tensor, type TensorData } from '../tensor';
import type { Executable, Feeds, Runtime } from './runtime';

type Ort = typeof import('onnxruntime-node');

export interface OnnxRuntimeOptions {
  /** ONNX Runtime's execution providers in order of preference: `cpu`, `webgpu`, `dml`, `coreml`, `cuda`. Default: `['cpu']`. */
  executionProviders?: readonly string[];
  /** Threads within an operator. Default: ONNX Runtime's choice, one per physical core. */
  threads?: number;
}

/** Runs graphs with ONNX Runtime's native binding. */
export class OnnxRuntime implements Runtime {
  readonly name: string;
  private readonly executables = new Set<OnnxExecutable>();

  private constructor(
    private readonly ort: Ort,
    private readonly options: OnnxRuntimeOptions,
  ) {
    this.name = `onnxruntime-node (${this.providers.join(', ')})`;
  }

  /** Loads the package. Throws what its loading throws: there is no native binary for every machine. */
  static async load(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntime> {
    return new OnnxRuntime(await import('onnxruntime-node'), options);
  }

  /** The version of onnxruntime-node. */
  get version(): string {
    return this.ort.env.versions.node ?? this.ort.env.versions.common;
  }

  async compile(graph: Graph): Promise<Executable> {
    const model = toOnnx(graph);
    const session = await guarded(graph, 'compile', () =>
      this.ort.InferenceSession.create(model, {
        executionProviders: this.providers,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...(this.options.threads === undefined ? {} : { intraOpNumThreads: this.options.threads }),
      }),
    );
    const executable = new OnnxExecutable(this.ort, session, graph, model.byteLength, () => this.executables.delete(executable));
    this.executables.add(executable);
    return executable;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.executables].map((executable) => executable.dispose()));
  }

  private get providers(): string[] {
    return [...(this.options.executionProviders ?? ['cpu'])];
  }
}

class OnnxExecutable implements Executable {
  private session: InferenceSession | undefined;

  constructor(
    private readonly ort: Ort,
    session: InferenceSession,
    private readonly graph: Graph,
    readonly bytes: number,
    private readonly onDispose: () => void,
  ) {
    this.session = session;
  }

  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const session = this.session;
    if (!session) throw new LensError('runtime-failure', `Graph '${this.graph.name}': run after it was disposed`);
    const inputs = Object.fromEntries(this.graph.inputs.map((info) => [info.name, this.toOrt(info, feeds[info.name])]));
    const outputs = await guarded(this.graph, 'run', () => session.run(inputs, [...this.graph.outputs]));
    return Object.fromEntries(this.graph.outputs.map((name) => [name, this.fromOrt(name, outputs[name])]));
  }

  async dispose(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    this.onDispose();
    await session?.release();
  }

  private toOrt(info: ValueInfo, value: Tensor | undefined): OrtTensor {
    const subject = `Graph '${this.graph.name}': input '${info.name}'`;
    if (!value) throw new LensError('invalid-argument', `${subject} is not fed`);
    const fits = value.dtype === info.dtype && value.shape.length === info.shape.length && value.shape.every((dim, axis) => dim === info.shape[axis]);
    if (!fits) throw new LensError('shape-mismatch', `${subject} must be ${info.dtype} ${formatShape(info.shape)}, got ${value.dtype} ${formatShape(value.shape)}`);
    return new this.ort.Tensor(value.dtype, value.data, value.shape);
  }

  private fromOrt(name: string, value: OrtTensor): Tensor {
    const info = this.graph.values.get(name);
    if (!info) throw new LensError('runtime-failure', `Graph '${this.graph.name}': '${name}' is not a value of the graph`);
    if (value.type !== info.dtype) throw new LensError('runtime-failure', `Graph '${this.graph.name}': '${name}' must be ${info.dtype}, ONNX Runtime gave ${value.type}`);
    return tensor<DataType>(info.dtype, value.data as TensorData[DataType], value.dims);
  }
}

/** Runs an action of ONNX Runtime and turns what it throws into a LensError that names the graph. */
async function guarded<T>(graph: Graph, verb: 'compile' | 'run', action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/bad_alloc|failed to allocate|out of memory|bad allocation/i.test(reason)) {
      throw new LensError('out-of-memory', `Graph '${graph.name}': ONNX Runtime ran out of memory. ${reason}`, 'Use a smaller internalBatchSize.');
    }
    throw new LensError('runtime-failure', `Graph '${graph.name}': ONNX Runtime could not ${verb} it. ${reason}`);
  }
}
