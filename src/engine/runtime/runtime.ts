import type { Graph } from '../graph/graph';
import type { Tensor } from '../tensor';

/** Values by name, fed to or returned from an {@link Executable}. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** Something that can run graphs: ONNX Runtime, TensorFlow.js. All runtimes pass the same tests. */
export interface Runtime {
  /** `onnxruntime-node (cpu)`, `tfjs (cpu)`: shown to users. */
  readonly name: string;
  /** Prepares a graph. Throws `unsupported-operator` naming the node, or `runtime-failure`. */
  compile(graph: Graph): Promise<Executable>;
  dispose(): Promise<void>;
}

/** A graph made ready to run. */
export interface Executable {
  /** Runs once; feeds hold every graph input, the result holds every graph output. */
  run(feeds: Feeds): Promise<Record<string, Tensor>>;
  /** Bytes of constants that it holds, to bound caches. */
  readonly bytes: number;
  dispose(): Promise<void>;
}
