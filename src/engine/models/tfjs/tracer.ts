import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { ValueInfo } from '../../graph/graph';
import { sameShape } from '../../operators/broadcast';
import type { Tensor } from '../../tensor';
import type { Emitter } from './emitter';
import { converterOf } from './kernels';
import { fromTfjsType, type Tf } from './tfjs';

/** Weights that were read already, by TensorFlow.js's identity of their data, so that traces share them. */
const weights = new WeakMap<object, Tensor[]>();

/** A weight that went into a graph; training gives its tensor other data. */
export interface CapturedWeight {
  readonly tensor: tfjs.Tensor;
  readonly dataId: object;
}

/**
 * Runs a model on tensors that have a shape but no values, and writes down what it does.
 *
 * While it runs, {@link tfjs.Engine.runKernel}, through which every operation of TensorFlow.js goes, is replaced on the
 * engine object. A kernel that depends on a traced tensor is not executed but converted to ONNX nodes, whose shape rule
 * gives the shape of the tensor that the model gets to see. All other kernels run on the user's backend as always, and
 * what they compute becomes a constant where it meets a traced tensor. So a trace costs no arithmetic on activations
 * and no memory for them, whatever the batch size, and works the same on every backend.
 */
export class Tracer {
  readonly captured: CapturedWeight[] = [];
  private readonly engine: ReturnType<Tf['engine']>;
  /** By the tensor's id. Tensors that share data (Variables) are found by their data. */
  private readonly values = new Map<number, ValueInfo>();
  private readonly byData = new Map<object, ValueInfo>();
  /** Names that the user knows, by the names of the values. */
  readonly labels = new Map<string, string>();
  private running = 0;

  constructor(
    private readonly tf: Tf,
    private readonly emit: Emitter,
    /** The model, for messages. */
    private readonly subject: string,
    private readonly weightNames: ReadonlyMap<object, string>,
  ) {
    this.engine = tf.engine();
  }

  /** A tensor of TensorFlow.js that stands for a value of the graph. Its values cannot be read. */
  stand(value: ValueInfo): tfjs.Tensor {
    const dtype = fromTfjsType(value.dtype as tfjs.DataType, `Model '${this.subject}'`);
    const dataId = {};
    const tensor = this.engine.makeTensorFromTensorInfo({ dataId, shape: [...value.shape], dtype });
    this.values.set(tensor.id, value);
    this.byData.set(dataId, value);
    return tensor;
  }

  /** The value that a tensor stands for, or a constant with the values that it has. */
  valueOf(tensor: tfjs.Tensor): ValueInfo {
    return this.traced(tensor) ?? this.emit.weight(this.read(tensor), this.weightNames.get(tensor.dataId) ?? 'constant');
  }

  /** Runs `action`, inside the layer `name`. */
  within<T>(name: string, action: () => T): T {
    const outer = this.emit.scope;
    this.emit.scope = outer === '' ? name : `${outer}/${name}`;
    try {
      return action();
    } finally {
      this.emit.scope = outer;
    }
  }

  /** The name of the layer that runs, with those around it. */
  get scope(): string {
    return this.emit.scope;
  }

  /**
   * Gives a traced tensor the name by which the user knows it: that of the layer or graph node that made it. When it has
   * one already, as the output of a Dropout layer has, it becomes the output of an Identity node.
   */
  label(tensor: tfjs.Tensor, name: string): void {
    const value = this.traced(tensor);
    if (!value) return;
    const own = this.labels.has(value.name) || this.emit.isInput(value) ? this.emit.op('Identity', [value]) : value;
    this.emit.pin(own);
    this.values.set(tensor.id, own);
    this.labels.set(own.name, name);
  }

  /** Whether the tensor's value has a name already. */
  isLabelled(tensor: tfjs.Tensor): boolean {
    const value = this.traced(tensor);
    return value !== undefined && (this.labels.has(value.name) || this.emit.isInput(value));
  }

  /** Traces everything that TensorFlow.js does until the returned function is called. */
  start(): () => void {
    const { engine } = this;
    const { runKernel, readSync, read } = engine;
    const replaced = {
      runKernel: (name: string, inputs: tfjs.NamedTensorMap, attributes?: tfjs.NamedAttrMap) => this.kernel(name, inputs, attributes ?? {}, runKernel),
      readSync: (dataId: object) => readSync.call(engine, this.readable(dataId)),
      read: (dataId: object) => read.call(engine, this.readable(dataId)),
    };
    const before = Object.keys(replaced).map((key) => [key, Object.getOwnPropertyDescriptor(engine, key)] as const);
    Object.assign(engine, replaced);
    return () => {
      for (const [key, descriptor] of before) {
        if (descriptor) Object.defineProperty(engine, key, descriptor);
        else Reflect.deleteProperty(engine, key);
      }
    };
  }

  private kernel(name: string, inputs: tfjs.NamedTensorMap, attributes: tfjs.NamedAttrMap, run: (typeof this.engine)['runKernel']): tfjs.Tensor | tfjs.Tensor[] {
    const { engine } = this;
    const entries = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined && tensor !== null);
    const isTraced = this.running === 0 && entries.some(([, tensor]) => this.traced(tensor));
    if (!isTraced) return this.uninterrupted(() => run.call(engine, name, inputs, attributes));
    if (name === 'ZerosLike' || name === 'OnesLike') {
      const [[, { shape, dtype }]] = entries;
      return this.uninterrupted(() => run.call(engine, 'Fill', {}, { shape, dtype, value: Number(name === 'OnesLike') }));
    }
    if (engine.state.gradientDepth > 0) throw new LensError('unsupported-operator', `Model '${this.subject}': it takes gradients (tf.grad) while it runs, which cannot be traced`);
    const convert = converterOf(name);
    if (!convert) throw new LensError('unsupported-operator', `TensorFlow.js kernel '${name}'${this.place}: this operation is not supported`, 'Attribute to a layer behind it, or replace the operation.');
    const values = new Map(entries.map(([key, tensor]) => [key, this.valueOf(tensor)]));
    const result = convert({ name, tf: this.tf, emit: this.emit, inputs: values }, attributes as never);
    return Array.isArray(result) ? result.map((value) => this.stand(value)) : this.stand(result);
  }

  /** Kernels call kernels: only the outermost counts. */
  private uninterrupted<T>(action: () => T): T {
    this.running++;
    try {
      return action();
    } finally {
      this.running--;
    }
  }

  private traced(tensor: tfjs.Tensor): ValueInfo | undefined {
    const value = this.values.get(tensor.id) ?? this.byData.get(tensor.dataId);
    if (!value || (sameShape(value.shape, tensor.shape) && value.dtype === tensor.dtype)) return value;
    const dtype = fromTfjsType(tensor.dtype, `Model '${this.subject}'`);
    return this.emit.cast(this.emit.reshape(value, tensor.shape), dtype);
  }

  private read(tensor: tfjs.Tensor): Tensor {
    this.captured.push({ tensor, dataId: tensor.dataId });
    const dtype = fromTfjsType(tensor.dtype, `Model '${this.subject}'`);
    const known = weights.get(tensor.dataId) ?? [];
    weights.set(tensor.dataId, known);
    const found = known.find((weight) => weight.dtype === dtype && sameShape(weight.shape, tensor.shape));
    if (found) return found;
    const weight = copyOf(dtype, tensor.shape, tensor.dataSync());
    known.push(weight);
    return weight;
  }

  private readable(dataId: object): object {
    if (!this.byData.has(dataId)) return dataId;
    throw new LensError(
      'unsupported-operator',
      `Model '${this.subject}'${this.place}: it reads values that depend on its input while it runs (dataSync, arraySync, data, array or print), so that its course may depend on them; such a model cannot be traced`,
      'Express the choice with tensors, for example by tf.where, or leave it out of the function.',
    );
  }

  private get place(): string {
    return this.emit.scope === '' ? '' : ` in '${this.emit.scope}'`;
  }
}

function copyOf(dtype: 'float32' | 'int32' | 'bool', shape: readonly number[], data: ArrayLike<number>): Tensor {
  switch (dtype) {
    case 'float32':
      return { dtype, shape: [...shape], data: Float32Array.from(data) };
    case 'int32':
      return { dtype, shape: [...shape], data: Int32Array.from(data) };
    case 'bool':
      return { dtype, shape: [...shape], data: Uint8Array.from(data) };
  }
}
