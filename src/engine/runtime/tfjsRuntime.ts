import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../protocol/errors';
import type { Graph, GraphNode, ValueInfo } from '../graph/graph';
import { prune } from '../graph/prune';
import type { TfjsContext, TfjsKernel } from '../operators/tfjsKernel';
import { operatorOf } from '../operators/registry';
import { formatShape } from '../tensor';
import { fromTfjs, toTfjs } from './tfjsTensor';
import type { Executable, Feeds, Runtime } from './runtime';
import type { Tensor } from '../tensor';

type Tf = typeof tfjs;

/**
 * Runs graphs with TensorFlow.js's forward operations on whatever backend is current: GPU or CPU of tfjs-node, WebAssembly
 * or plain JavaScript. Weights are uploaded once; what a node computed is freed as soon as its last reader has run.
 */
export function createTfjsRuntime(tf: Tf): Runtime {
  return new TfjsRuntime(tf);
}

class TfjsRuntime implements Runtime {
  private readonly executables = new Set<TfjsExecutable>();

  constructor(private readonly tf: Tf) {}

  get name(): string {
    return `tfjs (${this.tf.getBackend() ?? 'no backend'})`;
  }

  async compile(graph: Graph): Promise<Executable> {
    await this.tf.ready();
    const executable = new TfjsExecutable(this.tf, prune(graph), () => this.executables.delete(executable));
    this.executables.add(executable);
    return executable;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.executables].map((executable) => executable.dispose()));
  }
}

/** A node ready to run. */
interface Step {
  readonly node: GraphNode;
  readonly kernel: TfjsKernel;
  readonly inputInfos: readonly (ValueInfo | undefined)[];
  readonly outputInfos: readonly (ValueInfo | undefined)[];
  /** Values that nothing reads after this node. */
  readonly finished: readonly string[];
}

class TfjsExecutable implements Executable {
  readonly bytes: number;
  private readonly steps: readonly Step[];
  private weights: ReadonlyMap<string, tfjs.Tensor> | undefined;

  constructor(
    private readonly tf: Tf,
    private readonly graph: Graph,
    private readonly onDispose: () => void,
  ) {
    this.steps = stepsOf(graph);
    const read = new Set([...graph.outputs, ...graph.nodes.flatMap((node) => node.inputs)]);
    const constants = [...graph.constants].filter(([name]) => read.has(name));
    this.weights = new Map(constants.map(([name, value]) => [name, toTfjs(tf, value, `Graph '${graph.name}': constant '${name}'`)]));
    this.bytes = [...this.weights.values()].reduce((sum, { size, dtype }) => sum + size * tf.util.bytesPerElement(dtype), 0);
    for (const weight of this.weights.values()) tf.keep(weight);
  }

  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const { tf, graph } = this;
    if (!this.weights) throw new LensError('runtime-failure', `Graph '${graph.name}': run after it was disposed`);
    const live = new Map<string, tfjs.Tensor>();
    try {
      for (const info of graph.inputs) live.set(info.name, this.fed(info, feeds[info.name]));
      const values = new Map([...this.weights, ...live]);
      for (const step of this.steps) this.runStep(step, values, live);
      const outputs = graph.outputs.map(async (name): Promise<[string, Tensor]> => [name, await fromTfjs(values.get(name), graph.values.get(name), `Graph '${graph.name}': output '${name}'`)]);
      return Object.fromEntries(await Promise.all(outputs));
    } finally {
      tf.dispose([...live.values()]);
    }
  }

  async dispose(): Promise<void> {
    this.tf.dispose([...(this.weights?.values() ?? [])]);
    this.weights = undefined;
    this.onDispose();
  }

  private runStep({ node, kernel, inputInfos, outputInfos, finished }: Step, values: Map<string, tfjs.Tensor>, live: Map<string, tfjs.Tensor>): void {
    const { tf, graph } = this;
    const inputs = node.inputs.map((name) => values.get(name));
    const context: TfjsContext = { tf, node, inputs, inputInfos, outputInfos, constant: (index) => graph.constants.get(node.inputs[index]) };
    const outputs = this.guarded(node, () => tf.tidy(() => own(kernel(context), inputs)));
    for (const [index, name] of node.outputs.entries()) {
      if (name === '') outputs[index]?.dispose();
      else {
        values.set(name, outputs[index]);
        live.set(name, outputs[index]);
      }
    }
    for (const name of finished) {
      live.get(name)?.dispose();
      live.delete(name);
      values.delete(name);
    }
  }

  private fed(info: ValueInfo, value: Tensor | undefined): tfjs.Tensor {
    const subject = `Graph '${this.graph.name}': input '${info.name}'`;
    if (!value) throw new LensError('invalid-argument', `${subject} is not fed`);
    const fits = value.dtype === info.dtype && value.shape.length === info.shape.length && value.shape.every((dim, axis) => dim === info.shape[axis]);
    if (!fits) throw new LensError('shape-mismatch', `${subject} must be ${info.dtype} ${formatShape(info.shape)}, got ${value.dtype} ${formatShape(value.shape)}`);
    return toTfjs(this.tf, value, subject);
  }

  private guarded<T>(node: GraphNode, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof LensError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const subject = `${node.op} '${node.name}'`;
      if (error instanceof RangeError || /out of memory|OOM|allocation failed|failed to allocate/i.test(reason)) {
        throw new LensError('out-of-memory', `${subject}: TensorFlow.js ran out of memory. ${reason}`, 'Use a smaller internalBatchSize.');
      }
      throw new LensError('runtime-failure', `${subject}: TensorFlow.js could not run it. ${reason}`);
    }
  }
}

/** Every output as a tensor of its own: a kernel may return its input, or one tensor twice. */
function own(outputs: readonly tfjs.Tensor[], inputs: readonly (tfjs.Tensor | undefined)[]): tfjs.Tensor[] {
  return outputs.map((output, index) => (inputs.includes(output) || outputs.indexOf(output) < index ? output.clone() : output));
}

function stepsOf(graph: Graph): Step[] {
  const lastReader = new Map<string, GraphNode>();
  for (const node of graph.nodes) for (const name of [...node.inputs, ...node.outputs]) lastReader.set(name, node);
  for (const name of [...graph.outputs, ...graph.constants.keys(), '']) lastReader.delete(name);
  const finished = new Map<GraphNode, string[]>();
  for (const [name, node] of lastReader) finished.set(node, [...(finished.get(node) ?? []), name]);
  const info = (name: string): ValueInfo | undefined => (name === '' ? undefined : graph.values.get(name));
  return graph.nodes.map((node) => {
    const kernel = operatorOf(node).tfjs;
    if (!kernel) throw new LensError('unsupported-operator', `${node.op} '${node.name}': TensorFlow.js cannot run this operator`, 'Use the onnxruntime-node runtime.');
    return { node, kernel, inputInfos: node.inputs.map(info), outputInfos: node.outputs.map(info), finished: finished.get(node) ?? [] };
  });
}
