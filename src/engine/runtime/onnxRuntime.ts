import type * as Ort from 'onnxruntime-common';
import { LensError } from '../../protocol/errors';
import type { Graph, ValueInfo } from '../graph/graph';
import { toOnnxAndWeights } from '../graph/onnxWriter';
import { formatShape, tensor, type DataType, type Tensor, type TensorData } from '../tensor';
import { peakBytes } from './footprint';
import type { Executable, Feeds, Runtime } from './runtime';
import { isBeyondWebGpu } from './webGpu';

/**
 * A plan of the memory of a run saves a few percent of the time, but is laid out beside what the first run took: larger
 * graphs do without.
 */
const PATTERN_BYTES = 32 * 2 ** 20;

/**
 * How long idle threads of a session look for work before they sleep, in microseconds. ONNX Runtime's default, milliseconds,
 * takes the processor from whatever else runs on it, the threads of other sessions included: twice the processor time.
 */
const SPIN_MICROSECONDS = '20';

/** What onnxruntime-node and onnxruntime-web have in common. */
type OrtPackage = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>;

/** ONNX Runtime's ways to compute: on the processor, or on a graphics card by one of these interfaces. */
export type ExecutionProvider = 'cpu' | 'webgpu' | 'dml' | 'coreml' | 'cuda';

export interface OnnxRuntimeOptions {
  /** Computes what it can; the processor computes the rest. Default: `cpu`. */
  executionProvider?: ExecutionProvider;
  /** Threads within an operator. Default: ONNX Runtime's choice, one per physical core. */
  threads?: number;
}

/** Pad_Fusion moves zeros that a Pad adds into a MaxPool, which pads with -Infinity: wrong where what it pools is negative. */
const WITHOUT_WRONG_OPTIMIZERS = { optimization: { disable_specified_optimizers: 'Pad_Fusion' } };

/** Runs graphs with ONNX Runtime: its native binding, or its build for WebAssembly. */
export class OnnxRuntime implements Runtime {
  private readonly executables = new Set<OnnxExecutable>();

  private constructor(
    private readonly ort: OrtPackage,
    readonly name: string,
    /** The version of the package. */
    readonly version: string,
    private readonly optionsFor: (graph: Graph) => Ort.InferenceSession.SessionOptions,
  ) {}

  /**
   * Loads onnxruntime-node. Throws what its loading throws, there is no native binary for every machine, and
   * `runtime-failure` for a provider that the binary is built without: ONNX Runtime would compute on the processor unasked.
   */
  static async load({ executionProvider = 'cpu', threads }: OnnxRuntimeOptions = {}): Promise<OnnxRuntime> {
    process.env.ORT_DISABLE_TELEMETRY = '1'; // it would report its use over the network and keep an identifier in the home folder
    const ort = await import('onnxruntime-node');
    const supported = ort.listSupportedBackends().map(({ name }) => name);
    if (!supported.includes(executionProvider)) throw new LensError('runtime-failure', `onnxruntime-node (${executionProvider}): this platform's build has ${supported.join(', ')}`);
    const threading = threads === undefined ? {} : { intraOpNumThreads: threads };
    return new OnnxRuntime(ort, `onnxruntime-node (${executionProvider})`, ort.env.versions.node ?? ort.env.versions.common, (graph) => ({
      executionProviders: providersFor(executionProvider, graph),
      extra: { ...WITHOUT_WRONG_OPTIMIZERS, session: { intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
      ...threading,
    }));
  }

  /** Loads onnxruntime-web, which computes in WebAssembly where there is no native binary or none may run. */
  static async loadWeb(): Promise<OnnxRuntime> {
    const ort = await import('onnxruntime-web');
    return new OnnxRuntime(ort, 'onnxruntime-web (wasm)', ort.env.versions.web ?? ort.env.versions.common, () => ({ executionProviders: ['wasm'], extra: WITHOUT_WRONG_OPTIMIZERS }));
  }

  async compile(graph: Graph): Promise<Executable> {
    const { session, bytes } = await this.createSession(graph);
    const executable = new OnnxExecutable(this.ort, session, graph, bytes, () => this.executables.delete(executable));
    this.executables.add(executable);
    return executable;
  }

  /**
   * A function of its own: closures made beside the file would keep its bytes for as long as they live. Weights are read
   * where the graph has them: a file that holds them is a copy, and ONNX Runtime makes another while it reads it.
   */
  private async createSession(graph: Graph): Promise<{ session: Ort.InferenceSession; bytes: number }> {
    // In WebAssembly, where its inference of shapes errs (pooling in ceil_mode), ONNX Runtime takes no other shape than its own.
    const { model, weights } = toOnnxAndWeights(graph, { outputShapes: false });
    const session = await guarded(graph, 'compile', () =>
      this.ort.InferenceSession.create(model, {
        ...this.optionsFor(graph),
        externalData: weights,
        graphOptimizationLevel: 'all',
        enableMemPattern: peakBytes(graph) < PATTERN_BYTES,
        logSeverityLevel: 3,
      }),
    );
    return { session, bytes: weights.reduce((total, { data }) => total + data.byteLength, model.byteLength) };
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.executables].map((executable) => executable.dispose()));
  }
}

class OnnxExecutable implements Executable {
  private session: Ort.InferenceSession | undefined;

  constructor(
    private readonly ort: OrtPackage,
    session: Ort.InferenceSession,
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

  private toOrt(info: ValueInfo, value: Tensor | undefined): Ort.Tensor {
    const subject = `Graph '${this.graph.name}': input '${info.name}'`;
    if (!value) throw new LensError('invalid-argument', `${subject} is not fed`);
    const fits = value.dtype === info.dtype && value.shape.length === info.shape.length && value.shape.every((dim, axis) => dim === info.shape[axis]);
    if (!fits) throw new LensError('shape-mismatch', `${subject} must be ${info.dtype} ${formatShape(info.shape)}, got ${value.dtype} ${formatShape(value.shape)}`);
    return new this.ort.Tensor(value.dtype, value.data, value.shape);
  }

  private fromOrt(name: string, value: Ort.Tensor): Tensor {
    const info = this.graph.values.get(name);
    if (!info) throw new LensError('runtime-failure', `Graph '${this.graph.name}': '${name}' is not a value of the graph`);
    if (value.type !== info.dtype) throw new LensError('runtime-failure', `Graph '${this.graph.name}': '${name}' must be ${info.dtype}, ONNX Runtime gave ${value.type}`);
    return tensor<DataType>(info.dtype, value.data as TensorData[DataType], value.dims);
  }
}

/** The provider, then the processor for what it cannot compute. */
function providersFor(provider: ExecutionProvider, graph: Graph): Ort.InferenceSession.ExecutionProviderConfig[] {
  if (provider === 'cpu') return ['cpu'];
  if (provider !== 'webgpu') return [provider, 'cpu'];
  const forceCpuNodeNames = graph.nodes.filter((node) => isBeyondWebGpu(node, graph)).map(({ name }) => name);
  return [forceCpuNodeNames.length > 0 ? { name: 'webgpu', forceCpuNodeNames } : 'webgpu', 'cpu'];
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
