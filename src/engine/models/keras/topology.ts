import { LensError } from '../../../protocol/errors';
import { MAX_DEPTH, MAX_LAYERS } from './limits';
import { ordered } from './order';
import { isObject, type Json, type Settings } from './settings';

/** A layer as the file describes it. */
export interface LayerDefinition {
  readonly name: string;
  /** Its class: `Conv2D`. */
  readonly kind: string;
  /** An operation on tensors (`x * 2`), which Keras keeps as a layer without weights. */
  readonly isOperation: boolean;
  readonly config: Json;
  /** The layers within, when it is a model itself. */
  readonly model?: ModelDefinition;
}

/** One output of one call of a layer. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** What a layer is called with: a tensor, or a plain value. */
export type Argument = { readonly from: Reference } | { readonly value: unknown };

export interface Call {
  /** Index of the layer. */
  readonly layer: number;
  /** Which call of the layer it is. */
  readonly index: number;
  /** In order, lists flattened. */
  readonly args: readonly Argument[];
  readonly kwargs: ReadonlyMap<string, readonly Argument[]>;
}

/** A Sequential or Functional model: its layers, and their calls in the order in which Keras makes them. */
export interface ModelDefinition {
  readonly name: string;
  readonly layers: readonly LayerDefinition[];
  readonly calls: readonly Call[];
  readonly inputs: readonly Reference[];
  /** Whether its inputs are an object, ordered by its keys, and not a list. */
  readonly hasKeys: boolean;
  readonly outputs: readonly Reference[];
}

/**
 * Reads the configuration of a model. Code in it is never run.
 *
 * @param major the version of Keras that wrote it.
 * @throws LensError `unsupported-operator` for models that are Python classes, `invalid-model` for what is no model.
 */
export const readTopology = (root: unknown, major: number): ModelDefinition => new TopologyReader(major).model(root, 0);

/** A layer within a layer, as `entry` of its settings describes it. */
export function definitionOf(settings: Settings, key: string, entry: unknown, major: number): LayerDefinition {
  if (!isObject(entry) || typeof entry.class_name !== 'string' || !isObject(entry.config)) throw settings.invalid(`${key} must be a layer`);
  const { class_name: kind, config } = entry;
  const model = isModelKind(kind) ? { model: readTopology(entry, major) } : {};
  return { name: typeof config.name === 'string' ? config.name : kind, kind, isOperation: false, config, ...model };
}

/** Whether a class is one of models. */
export const isModelKind = (kind: string): boolean => kind === 'Sequential' || kind === 'Functional' || kind === 'Model';

/** Whether a class is that by which Keras 2 keeps a function of TensorFlow: `x * 2`. */
const isTensorFlowOperation = (kind: string): boolean => kind === 'TFOpLambda' || kind === 'SlicingOpLambda';

class TopologyReader {
  private count = 0;

  constructor(private readonly major: number) {}

  model(root: unknown, depth: number): ModelDefinition {
    if (depth > MAX_DEPTH) throw new LensError('invalid-model', `it has more than ${MAX_DEPTH} models within each other`);
    if (!isObject(root) || typeof root.class_name !== 'string') throw new LensError('invalid-model', 'its configuration must be an object with a class_name');
    const { class_name: kind } = root;
    const config = Array.isArray(root.config) ? { layers: root.config } : root.config;
    if (!isModelKind(kind) || !isObject(config) || !Array.isArray(config.layers)) {
      throw new LensError('unsupported-operator', `it is of class ${kind}, whose layers and calls are Python code that the file does not hold`, 'Build it as a Sequential or Functional model, or export it to ONNX (model.export(path, format="onnx")).');
    }
    const name = typeof config.name === 'string' ? config.name : kind;
    const entries: Json[] = config.layers.map((entry: unknown) => (isObject(entry) ? entry : fail('each of its layers must be an object')));
    const layers = entries.map((entry) => this.layer(entry, depth));
    if (layers.length === 0) throw new LensError('invalid-model', `Model '${name}': has no layers`);
    if (new Set(layers.map((layer) => layer.name)).size < layers.length) throw new LensError('invalid-model', `Model '${name}': two of its layers have the same name`);
    return kind === 'Sequential' ? sequential(name, layers, root, config) : this.functional(name, layers, entries, config);
  }

  private layer(entry: Json, depth: number): LayerDefinition {
    if (++this.count > MAX_LAYERS) throw new LensError('invalid-model', `it has more than ${MAX_LAYERS} layers`);
    const { class_name: kind, config, module } = entry;
    if (typeof kind !== 'string' || (!isObject(config) && !Array.isArray(config))) throw new LensError('invalid-model', 'each of its layers must have a class_name and a config');
    const settings = isObject(config) ? config : {};
    const name = typeof entry.name === 'string' ? entry.name : typeof settings.name === 'string' ? settings.name : fail(`a layer of class ${kind} has no name`);
    if (name.length > 1024 || name === '') fail('the name of a layer must have 1 to 1024 characters');
    // HDF5 files name no modules; layers, not operations, can be trained
    const isOperation = isTensorFlowOperation(kind) || (typeof module === 'string' ? module.startsWith('keras.src.ops') : kind !== 'InputLayer' && !isModelKind(kind) && !Object.hasOwn(settings, 'trainable'));
    return { name, kind, isOperation, config: settings, ...(isModelKind(kind) ? { model: this.model(entry, depth + 1) } : {}) };
  }

  private functional(name: string, layers: readonly LayerDefinition[], entries: readonly Json[], config: Json): ModelDefinition {
    const calls: Call[] = [];
    for (const [layer, { inbound_nodes: nodes }] of entries.entries()) {
      const list = Array.isArray(nodes) ? nodes : [];
      if (list.length === 0 && layers[layer].kind !== 'InputLayer') fail(`layer '${layers[layer].name}' is never called`);
      for (const [index, node] of list.entries()) calls.push({ layer, index, ...argumentsFor(layers[layer], node) });
      if (calls.length > MAX_LAYERS) fail(`it has more than ${MAX_LAYERS} calls of layers`);
    }
    const outputs = this.shifted(layers, calls, referencesIn(config.output_layers));
    return { name, layers, calls: ordered(name, layers, outputs.calls, outputs.outputs), inputs: referencesIn(config.input_layers), hasKeys: isObject(config.input_layers), outputs: outputs.outputs };
  }

  /**
   * Keras counts the call by which a model was built as the first: its version 2 everywhere, its version 3 for the outputs
   * that a Functional model within a model gives. Here calls count from 0.
   */
  private shifted(layers: readonly LayerDefinition[], calls: readonly Call[], outputs: readonly Reference[]): { calls: Call[]; outputs: Reference[] } {
    const models = new Map(layers.filter(({ model }) => model).map(({ name, kind }) => [name, kind]));
    const inbound = calls.flatMap(({ args, kwargs }) => [...args, ...[...kwargs.values()].flat()]).flatMap((argument) => ('from' in argument ? [argument.from] : []));
    const least = new Map<string, number>();
    for (const { layer, call } of [...inbound, ...outputs]) least.set(layer, Math.min(call, least.get(layer) ?? call));
    const shift = (from: Reference, isOutput: boolean): Reference => {
      const kind = models.get(from.layer);
      const isShifted = kind !== undefined && from.call > 0 && (this.major < 3 ? (least.get(from.layer) ?? 0) > 0 : isOutput && kind !== 'Sequential');
      return isShifted ? { ...from, call: from.call - 1 } : from;
    };
    const argument = (given: Argument): Argument => ('from' in given ? { from: shift(given.from, false) } : given);
    return {
      calls: calls.map((call) => ({ ...call, args: call.args.map(argument), kwargs: new Map([...call.kwargs].map(([key, list]) => [key, list.map(argument)])) })),
      outputs: outputs.map((output) => shift(output, true)),
    };
  }
}

function sequential(name: string, given: readonly LayerDefinition[], root: Json, config: Json): ModelDefinition {
  const built = isObject(root.build_config) ? root.build_config.input_shape : undefined;
  const shape = given[0].config.batch_input_shape ?? given[0].config.batch_shape ?? config.build_input_shape ?? built;
  const input: LayerDefinition = { name: `${given[0].name}_input`, kind: 'InputLayer', isOperation: false, config: { batch_shape: shape, dtype: given[0].kind === 'Embedding' ? 'int32' : 'float32' } };
  const layers = given[0].kind === 'InputLayer' ? given : [input, ...given];
  const from = (index: number): Reference => ({ layer: layers[index].name, call: 0, output: 0 });
  const calls = layers.slice(1).map((_, index): Call => ({ layer: index + 1, index: 0, args: [{ from: from(index) }], kwargs: new Map() }));
  return { name, layers, calls, inputs: [from(0)], hasKeys: false, outputs: [from(layers.length - 1)] };
}

/** What a layer is called with. A model whose inputs are a list may be called with an object by their names. */
function argumentsFor({ model }: LayerDefinition, node: unknown): Pick<Call, 'args' | 'kwargs'> {
  const inOrder = (given: unknown): unknown => {
    const isNamed = model && !model.hasKeys && isObject(given) && model.inputs.every(({ layer }) => Object.hasOwn(given, layer));
    return isNamed ? model.inputs.map(({ layer }) => given[layer]) : given;
  };
  return isObject(node) && 'args' in node ? argumentsOf({ ...node, args: Array.isArray(node.args) ? node.args.map(inOrder) : node.args }) : legacyArguments(inOrder(node));
}

/** Keras 3: `{ args, kwargs }` with tensors as objects of class `__keras_tensor__`. */
function argumentsOf({ args, kwargs }: Json): Pick<Call, 'args' | 'kwargs'> {
  return {
    args: Array.isArray(args) ? args.flatMap((item: unknown) => flattened(item, 0)) : flattened(args, 0),
    kwargs: new Map(isObject(kwargs) ? Object.entries(kwargs).map(([key, value]) => [key, flattened(value, 0)]) : []),
  };
}

/** The tensors of a structure and what lies between them; a list without tensors is one plain value. */
function flattened(value: unknown, depth: number): Argument[] {
  if (depth > MAX_DEPTH) fail('arguments of a call are nested too deeply');
  if (Array.isArray(value)) {
    const parts = value.flatMap((item: unknown) => flattened(item, depth + 1));
    return parts.length === 0 || parts.some((part) => 'from' in part) ? parts : [{ value: value.map(withoutTuples) }];
  }
  if (!isObject(value)) return [{ value }];
  if (value.class_name === '__keras_tensor__' && isObject(value.config)) return [{ from: reference(value.config.keras_history) }];
  if (value.class_name === '__tuple__' && Array.isArray(value.config)) return flattened(value.config, depth + 1);
  const parts = Object.keys(value).sort().map((key) => value[key]);
  return parts.every((part) => isObject(part) && part.class_name === '__keras_tensor__') ? flattened(parts, depth + 1) : [{ value }];
}

/** A plain value with lists for the tuples within. */
function withoutTuples(value: unknown): unknown {
  const list: unknown = isObject(value) && value.class_name === '__tuple__' ? value.config : value;
  return Array.isArray(list) ? list.map(withoutTuples) : list;
}

/** Keras 2: `[[layer, call, output, kwargs], ...]`, one such alone, an object of such, and `["_CONSTANT_VALUE", -1, value, kwargs]`. */
function legacyArguments(node: unknown): Pick<Call, 'args' | 'kwargs'> {
  const kwargs = new Map<string, Argument[]>();
  const given = isObject(node) ? Object.keys(node).sort().map((key) => node[key]) : node;
  if (!Array.isArray(given)) fail('a call of a layer must be a list');
  const list: unknown[] = typeof given[0] === 'string' ? [given] : given;
  const args = list.map((item): Argument => {
    if (!Array.isArray(item)) return fail('an argument of a call must be a list');
    for (const [key, value] of Object.entries(isObject(item[3]) ? item[3] : {})) kwargs.set(key, legacyValues(value));
    return item[0] === '_CONSTANT_VALUE' ? { value: item[2] as unknown } : { from: reference(item) };
  });
  return { args, kwargs };
}

/** A tensor, a list of tensors, or a plain value. */
function legacyValues(value: unknown): Argument[] {
  const isTensor = (each: unknown): boolean => Array.isArray(each) && each.length >= 3 && typeof each[0] === 'string' && Number.isInteger(each[1]) && Number.isInteger(each[2]);
  if (isTensor(value)) return [{ from: reference(value) }];
  return Array.isArray(value) && value.length > 0 && value.every(isTensor) ? value.map((each) => ({ from: reference(each) })) : [{ value }];
}

function reference(value: unknown): Reference {
  const [layer, call, output]: unknown[] = Array.isArray(value) ? value : [];
  if (typeof layer !== 'string' || !Number.isSafeInteger(call) || !Number.isSafeInteger(output)) fail('a tensor must be given by layer, call and output');
  return { layer: String(layer), call: Number(call), output: Number(output) };
}

/** `["a", 0, 0]`, a list of such, or an object with them by name. */
function referencesIn(value: unknown, depth = 0): Reference[] {
  if (depth > MAX_DEPTH) fail('its inputs or outputs are nested too deeply');
  if (Array.isArray(value)) return typeof value[0] === 'string' ? [reference(value)] : value.flatMap((item) => referencesIn(item, depth + 1));
  if (isObject(value)) return Object.keys(value).sort().flatMap((key) => referencesIn(value[key], depth + 1));
  return fail('its inputs and outputs must be lists');
}

function fail(problem: string): never {
  throw new LensError('invalid-model', problem);
}
