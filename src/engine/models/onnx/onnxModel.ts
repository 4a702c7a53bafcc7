import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LensError } from '../../../protocol/errors';
import type { Graph, ValueInfo } from '../../graph/graph';
import type { Model, ModelPort } from '../model';
import { decodeModel } from './decode';
import { endingAt } from './endingAt';
import { ExternalData } from './externalData';
import { specialiseForBatch } from './fixedBatch';
import type { Layer } from './layers';
import { MAX_FILE_BYTES } from './limits';
import { parseModel } from './parse';
import type { ParsedModel } from './parsedModel';
import { requireInputs, specialise, type InputSpec } from './specialise';

/** Graphs of this many different input shapes are kept. */
const MAX_GRAPHS = 128;

/** A model read from an ONNX file. */
export class OnnxModel implements Model {
  readonly format = 'onnx';
  readonly name: string;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Modules of the source framework and single nodes, in order, for layer and neuron attribution. */
  readonly layers: readonly Layer[];
  readonly labels: readonly string[] | undefined;
  readonly origin: string;
  /** What was changed while reading (`32 tensors in float16 were cast to float32.`), one sentence each. */
  readonly notes: readonly string[];
  private readonly graphs = new Map<string, Graph>();

  constructor(private readonly parsed: ParsedModel) {
    this.name = parsed.name;
    this.inputs = parsed.inputs;
    this.layers = parsed.layers;
    this.labels = parsed.labels;
    this.origin = parsed.origin;
    this.notes = parsed.notes;
    this.outputs = outputPorts(parsed);
  }

  /**
   * The graph for these input shapes, in order. A model exported for a fixed batch size of 1 takes other sizes when
   * each node provably treats the examples one by one. The last 128 graphs are kept: the same shapes give the same
   * object. Throws `shape-mismatch`, `unsupported-operator` or `invalid-model`.
   */
  async graph(inputs: readonly InputSpec[]): Promise<Graph> {
    const key = JSON.stringify(inputs.map(({ shape, dtype }) => [dtype, shape]));
    const graph = this.graphs.get(key) ?? this.specialised(inputs);
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    if (this.graphs.size > MAX_GRAPHS) for (const oldest of [...this.graphs.keys()].slice(0, 1)) this.graphs.delete(oldest);
    return graph;
  }

  endingAt(output: string): OnnxModel {
    return new OnnxModel(endingAt(this.parsed, output));
  }

  dispose(): void {
    this.graphs.clear();
  }

  private specialised(inputs: readonly InputSpec[]): Graph {
    requireInputs(this.parsed, inputs);
    return specialiseForBatch(this.parsed, inputs);
  }
}

/**
 * Reads an ONNX model, operator sets 6 to 28, from a file or its bytes. Weights outside the file must lie in its
 * folder. The file is taken as hostile: sizes are checked before memory is allocated, and nothing in it is executed.
 *
 * Throws `not-found`, `invalid-model` or `unsupported-operator`; the message begins with the model's name.
 */
export async function loadOnnxModel(source: string | Uint8Array, { name }: { name?: string } = {}): Promise<OnnxModel> {
  const title = name ?? (typeof source === 'string' ? basename(source) : 'model');
  try {
    const bytes = typeof source === 'string' ? await readModelFile(source) : source;
    const external = new ExternalData(typeof source === 'string' ? dirname(source) : undefined);
    return new OnnxModel(parseModel(decodeModel(bytes), title, external));
  } catch (error) {
    if (error instanceof LensError) throw new LensError(error.code, `${title}: ${error.message}`, error.nextStep);
    throw error;
  }
}

async function readModelFile(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new LensError('not-found', `There is no file at ${path}`);
  if (!info.isFile()) throw new LensError('invalid-model', `${path} is not a file`);
  if (info.size > MAX_FILE_BYTES) {
    throw new LensError('invalid-model', `A model file has at most ${MAX_FILE_BYTES} bytes, this one has ${info.size}`, 'Keep the weights in an external data file beside it.');
  }
  try {
    return await readFile(path);
  } catch (error) {
    throw new LensError('invalid-model', `The file could not be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** The declared outputs; a shape that the file leaves out is that for free axes of 1, or one free axis when those do not fit. */
function outputPorts(parsed: ParsedModel): ModelPort[] {
  const declared = parsed.outputPorts;
  const found = declared.every(({ shape }) => shape) ? undefined : shapesForOne(parsed);
  const isFree = parsed.inputs.some(({ shape }) => shape[0] === -1);
  return declared.map(({ name, dtype, shape }) => ({ name, dtype: found?.get(name)?.dtype ?? dtype, shape: shape ?? found?.get(name)?.shape.map((dim, axis) => (axis === 0 && isFree ? -1 : dim)) ?? [-1] }));
}

function shapesForOne(parsed: ParsedModel): ReadonlyMap<string, ValueInfo> | undefined {
  const ones = parsed.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => (dim === -1 ? 1 : dim)) }));
  try {
    return specialise(parsed, ones).values;
  } catch {
    return undefined; // asked for a graph, the model will say what is wrong
  }
}
