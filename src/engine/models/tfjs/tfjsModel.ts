import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { Graph } from '../../graph/graph';
import { formatShape, type DataType, type Shape } from '../../tensor';
import type { Model, ModelPort } from '../model';
import type { Callable } from './callable';
import { functionCallable } from './functionCallable';
import { graphCallable } from './graphCallable';
import { layersCallable } from './layersCallable';
import { sameGraph } from './sameGraph';
import { trace, type Trace } from './trace';
import type { Tf, TensorFunction } from './tfjs';

/** Anything that TensorFlow.js can run. */
export type TfjsModelSource = tfjs.LayersModel | tfjs.GraphModel | TensorFunction;

export interface TfjsModelOptions {
  /** Shown to users. Default: the model's or function's own name. */
  name?: string;
  /** Class names by index of the last axis of the first output. */
  labels?: readonly string[];
}

/** Graphs are kept for this many combinations of input shapes. */
const MOST_GRAPHS = 32;

/**
 * The model behind a LayersModel, a GraphModel or a plain function `(...tensors) => tensor`. Its graph is traced: the
 * model runs once on tensors that have a shape but no values, and each kernel of TensorFlow.js it calls becomes ONNX
 * nodes. Weights are read once and shared between graphs. Values carry the names of layers and graph nodes.
 *
 * Layers run in inference mode. The graph is that of the weights as they are: training makes the next call trace anew. A
 * function is traced at every call, since it may depend on variables around it, and gives the same graph while it does
 * the same. Random numbers drawn while tracing become constants. Tracing throws `unsupported-operator` for operations without a
 * counterpart, for models that look at the values of traced tensors, and for stateful recurrent layers.
 */
export function tfjsModel(tf: Tf, source: TfjsModelSource, options: TfjsModelOptions = {}): Model {
  const [callable, name] = callableOf(tf, source, options.name);
  return new TfjsModel(tf, callable, name, options.labels);
}

function callableOf(tf: Tf, source: TfjsModelSource, name: string | undefined): [Callable, string] {
  if (typeof source === 'function') {
    const shown = name ?? (source.name === '' ? 'function' : source.name);
    return [functionCallable(tf, source, shown), shown];
  }
  if (isLayersModel(source)) return [layersCallable(source), name ?? source.name];
  const shown = name ?? 'GraphModel';
  return [graphCallable(source, shown), shown];
}

/** Told apart by their members: a notebook may bring its own copy of a package. */
const isLayersModel = (source: tfjs.LayersModel | tfjs.GraphModel): source is tfjs.LayersModel => 'apply' in source && 'layers' in source;

class TfjsModel implements Model {
  readonly format: Model['format'];
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  private readonly traces = new Map<string, Trace>();

  constructor(
    private readonly tf: Tf,
    private readonly callable: Callable,
    readonly name: string,
    readonly labels: readonly string[] | undefined,
  ) {
    this.format = callable.format;
    this.inputs = callable.inputs;
    this.outputs = callable.outputs;
  }

  async graph(inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Graph> {
    this.check(inputs);
    const key = inputs.map(({ shape, dtype }) => `${dtype} ${shape.join(' ')}`).join();
    const known = this.traces.get(key);
    if (known && this.format !== 'function' && isCurrent(known)) return known.graph;
    const traced = await trace(this.tf, this.callable, this.name, inputs);
    if (known && sameGraph(known.graph, traced.graph)) return known.graph;
    this.traces.delete(key);
    this.traces.set(key, traced);
    if (this.traces.size > MOST_GRAPHS) this.traces.delete([...this.traces.keys()][0]);
    return traced.graph;
  }

  dispose(): void {
    this.traces.clear();
  }

  private check(inputs: readonly { shape: Shape }[]): void {
    if (this.format === 'function') return;
    if (inputs.length !== this.inputs.length) {
      const wanted = this.inputs.map(({ name }) => `'${name}'`).join(', ');
      throw new LensError('invalid-argument', `Model '${this.name}': it has ${this.inputs.length} input(s), ${wanted}, got ${inputs.length}`);
    }
    for (const [index, { name, shape }] of this.inputs.entries()) {
      const given = inputs[index].shape;
      const fits = shape.length === 0 || (shape.length === given.length && shape.every((dim, axis) => dim === -1 || dim === given[axis]));
      if (!fits) throw new LensError('shape-mismatch', `Model '${this.name}': input '${name}' must have shape ${formatShape(shape)} (-1 is free), got ${formatShape(given)}`);
    }
  }
}

/** Whether the weights still have the data that they had when the graph was traced. */
const isCurrent = ({ captured }: Trace): boolean => captured.every(({ tensor, dataId }) => tensor.dataId === dataId);
