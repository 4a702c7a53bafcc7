import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { LensError } from '../../../protocol/errors';
import type { Graph } from '../../graph/graph';
import { formatShape, type DataType, type Shape } from '../../tensor';
import type { Model, ModelPort } from '../model';
import type { Layer } from '../onnx/layers';
import { Emitter } from '../tfjs/emitter';
import { renameValues } from '../tfjs/rename';
import { isArchive, readArchive } from './archive';
import { Hdf5Reader } from './hdf5Reader';
import { MAX_CONFIG_BYTES, MAX_FILE_BYTES, MAX_RANK } from './limits';
import { layerOf } from './layers';
import { Settings, isObject } from './settings';
import { readTopology, type ModelDefinition } from './topology';
import { Walk } from './walk';
import { layerGroupsOf, ListedWeights, NestedWeights, WeightFile, type Weights } from './weights';

/** Graphs of this many different input shapes are kept. */
const MAX_GRAPHS = 32;

/** Lengths that free axes are tried with to learn shapes and layers. */
const TRIED_LENGTHS = [1, 32, 224];

interface KerasFile {
  readonly definition: ModelDefinition;
  readonly weights: readonly Weights[];
  readonly version: string;
}

/** A model read from a Keras file. Layers run in inference mode; those of models within the model are called `tower/dense`. */
export class KerasModel implements Model {
  readonly format = 'keras';
  readonly inputs: readonly ModelPort[];
  outputs: readonly ModelPort[] = [];
  layers: readonly Layer[] | undefined;
  readonly origin: string;
  private readonly graphs = new Map<string, Graph>();

  constructor(
    readonly name: string,
    private readonly source: KerasFile,
  ) {
    requireSupported(source.definition);
    this.inputs = portsOf(source.definition);
    this.origin = `Written by Keras ${source.version.slice(0, 100)}.`;
    this.learn();
  }

  async graph(inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Graph> {
    const key = JSON.stringify(inputs.map(({ shape, dtype }) => [dtype, shape]));
    const graph = this.graphs.get(key) ?? named(this.name, () => this.emit(inputs).graph);
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    if (this.graphs.size > MAX_GRAPHS) for (const oldest of [...this.graphs.keys()].slice(0, 1)) this.graphs.delete(oldest);
    return graph;
  }

  dispose(): void {
    this.graphs.clear();
  }

  /** Learns the names and shapes of layers and outputs, and that the weights fit, by emitting the graph of one example. */
  private learn(): void {
    const hasFree = this.inputs.some(({ shape }) => shape.slice(1).includes(-1));
    let failure: unknown;
    for (const length of hasFree ? TRIED_LENGTHS : TRIED_LENGTHS.slice(0, 1)) {
      try {
        const { graph, layers } = this.emit(this.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim, axis) => (dim !== -1 ? dim : axis === 0 ? 1 : length)) })));
        this.layers = layers;
        this.outputs = graph.outputs.map((name) => {
          const { dtype, shape } = graph.values.get(name) ?? { dtype: 'float32' as const, shape: [] };
          return { name, dtype, shape: shape.map((dim, axis) => (axis === 0 ? -1 : hasFree && dim === length ? -1 : dim)) };
        });
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  private emit(inputs: readonly { shape: Shape; dtype: DataType }[]): { graph: Graph; layers: Layer[] } {
    this.check(inputs);
    const { definition, weights, version } = this.source;
    const emit = new Emitter(this.name);
    const values = inputs.map(({ shape, dtype }, index) => ({ value: emit.input(this.inputs[index].name, dtype, shape) }));
    const walk = new Walk(emit, version);
    const outputs = walk.model(definition, values, weights);
    const results = outputs.map(({ value }, index) => {
      const isOwn = !emit.isInput(value) && outputs.findIndex((other) => other.value === value) === index;
      return isOwn ? value : emit.op('Identity', [value]);
    });
    const names = new Map([...emit.weightNames, ...walk.labels]);
    const built = emit.build(results);
    const graph = renameValues(built, names);
    const renamed = new Map([...built.values.keys()].map((name, index) => [name, [...graph.values.keys()][index]]));
    const rename = (name: string): string => renamed.get(name) ?? name;
    return { graph, layers: walk.layers.filter(({ output }) => renamed.has(output)).map((layer) => ({ ...layer, output: rename(layer.output), inputs: layer.inputs.map(rename) })) };
  }

  private check(inputs: readonly { shape: Shape }[]): void {
    if (inputs.length !== this.inputs.length) {
      throw new LensError('invalid-argument', `it has ${this.inputs.length} input(s), ${this.inputs.map(({ name }) => `'${name}'`).join(', ')}, got ${inputs.length}`);
    }
    for (const [index, { name, shape }] of this.inputs.entries()) {
      const given = inputs[index].shape;
      const fits = shape.length === given.length && shape.every((dim, axis) => dim === -1 || dim === given[axis]);
      if (!fits) throw new LensError('shape-mismatch', `input '${name}' must have shape ${formatShape(shape)} (-1 is free), got ${formatShape(given)}`);
    }
  }
}

/**
 * Reads a Keras model from a file or its bytes: `.keras` (a zip archive of Keras 3) or `.h5` (HDF5 of Keras 2 and 3, the
 * whole model and not weights only). Sequential and Functional models with the layers of Keras are read; subclassed
 * models and Lambda layers are Python code and refused by name. The file is taken as hostile: sizes are checked before
 * memory is allocated, reading ends in bounded time, and nothing in it is executed.
 *
 * Throws `not-found`, `invalid-model` or `unsupported-operator`; the message begins with the model's name.
 */
export async function loadKerasModel(source: string | Uint8Array, { name }: { name?: string } = {}): Promise<KerasModel> {
  const title = name ?? (typeof source === 'string' ? basename(source) : 'model');
  try {
    const bytes = typeof source === 'string' ? await readModelFile(source) : source;
    const file = await (isArchive(bytes) ? fromArchive(readArchive(bytes)) : fromHdf5(bytes));
    return named(title, () => new KerasModel(title, file));
  } catch (error) {
    return named(title, () => {
      throw error;
    });
  }
}

async function fromArchive(parts: ReadonlyMap<string, Uint8Array>): Promise<KerasFile> {
  const text = (name: string): string => new TextDecoder().decode(parts.get(name) ?? missing(name));
  const metadata = parts.has('metadata.json') ? json(text('metadata.json'), 'metadata.json') : {};
  const version = isObject(metadata) && typeof metadata.keras_version === 'string' ? metadata.keras_version : '3';
  const definition = readTopology(json(text('config.json'), 'config.json'), Number.parseInt(version, 10));
  const groups = layerGroupsOf(version);
  const file = await read(parts.get('model.weights.h5') ?? missing('model.weights.h5'), async (reader) => new WeightFile(await reader.nested(groups.container)));
  return { definition, version, weights: new NestedWeights(file, '', definition.name, groups).layers(definition.layers) };
}

function fromHdf5(bytes: Uint8Array): Promise<KerasFile> {
  return read(bytes, async (reader) => {
    const { config, version = '2' } = reader.description;
    const definition = topologyOf(config, version);
    const file = new WeightFile(await reader.listed(ListedWeights.groups(definition.layers)));
    return { definition, version, weights: ListedWeights.of(file, definition.layers) };
  });
}

async function read<T>(bytes: Uint8Array, action: (reader: Hdf5Reader) => Promise<T>): Promise<T> {
  const reader = await Hdf5Reader.open(bytes);
  try {
    return await action(reader);
  } finally {
    reader.close();
  }
}

function topologyOf(config: string | undefined, version: string): ModelDefinition {
  if (config === undefined) throw new LensError('invalid-model', "is an HDF5 file without the attribute 'model_config': weights only, or no Keras model", 'Save the whole model: model.save(path).');
  if (config.length > MAX_CONFIG_BYTES) throw new LensError('invalid-model', `its configuration may have ${MAX_CONFIG_BYTES} characters, got ${config.length}`);
  return readTopology(json(config, 'model_config'), Number.parseInt(version, 10));
}

function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LensError('invalid-model', `${what} is not valid JSON (${(error instanceof Error ? error.message : String(error)).slice(0, 200)})`);
  }
}

function missing(part: string): never {
  throw new LensError('invalid-model', `its part ${part} is missing`, 'Keras 3 writes it: model.save("model.keras").');
}

async function readModelFile(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) throw new LensError('not-found', `There is no file at ${path}`);
  if (info.size > MAX_FILE_BYTES) throw new LensError('invalid-model', `A model file has at most ${MAX_FILE_BYTES} bytes, this one has ${info.size}`);
  return readFile(path);
}

/** Begins the messages of errors with the model's name; what a damaged file makes go wrong elsewhere becomes `invalid-model`. */
function named<T>(title: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LensError) throw error.message.startsWith(`${title}: `) ? error : new LensError(error.code, `${title}: ${error.message}`, error.nextStep);
    throw new LensError('invalid-model', `${title}: cannot be read (${(error instanceof Error ? error.message : String(error)).slice(0, 200)})`);
  }
}

/** Element types of inputs, as the engine feeds them. */
const TYPES: Readonly<Record<string, DataType>> = { float16: 'float32', bfloat16: 'float32', float32: 'float32', float64: 'float32', int8: 'int8', int16: 'int32', int32: 'int32', int64: 'int64', uint8: 'uint8', uint16: 'int32', uint32: 'int32', bool: 'bool' };

function portsOf({ inputs, layers }: ModelDefinition): ModelPort[] {
  if (inputs.length === 0) throw new LensError('invalid-model', 'it has no inputs');
  return inputs.map(({ layer: name }) => {
    const layer = layers.find((each) => each.name === name && each.kind === 'InputLayer');
    const settings = new Settings(`InputLayer '${name}'`, layer?.config ?? {});
    if (!layer) throw settings.invalid('is not a layer of the model');
    if (settings.flag('sparse', false) || settings.flag('ragged', false)) throw settings.unsupported('sparse and ragged inputs are not supported');
    const shape = settings.raw('batch_shape') ?? settings.raw('batch_input_shape');
    const isShape = Array.isArray(shape) && shape.length > 0 && shape.length <= MAX_RANK && shape.every((dim) => dim === null || (Number.isSafeInteger(dim) && dim > 0));
    if (!isShape) throw settings.invalid(`its shape is not known, got ${JSON.stringify(shape)?.slice(0, 100) ?? 'nothing'}; save the model after it was built`);
    const given = settings.raw('dtype') ?? 'float32';
    const dtype = typeof given === 'string' && Object.hasOwn(TYPES, given) ? TYPES[given] : undefined;
    if (!dtype) throw settings.unsupported(`inputs of type ${JSON.stringify(given)?.slice(0, 100)} are not supported`);
    return { name, dtype, shape: shape.map((dim: unknown) => (dim === null ? -1 : Number(dim))) };
  });
}

/** Throws `unsupported-operator` naming every layer that cannot be read, before anything is computed. */
function requireSupported(definition: ModelDefinition): void {
  const [first, ...others] = refusals(definition);
  if (!first) return;
  const rest = others.slice(0, 8).map(({ message }) => message);
  throw new LensError(first.code, [first.message, ...rest, ...(others.length > 8 ? [`${others.length - 8} more`] : [])].join('; '), first.nextStep);
}

function refusals({ layers }: ModelDefinition): LensError[] {
  return layers.flatMap((layer) => {
    if (layer.model) return refusals(layer.model);
    if (layer.kind === 'InputLayer') return [];
    try {
      layerOf(layer, new Settings(`${layer.kind} '${layer.name}'`, layer.config));
      return [];
    } catch (error) {
      return error instanceof LensError ? [error] : [];
    }
  });
}
