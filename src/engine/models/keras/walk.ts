import { LensError } from '../../../protocol/errors';
import { formatShape, sizeOf } from '../../tensor';
import type { Emitter } from '../tfjs/emitter';
import type { Layer as LayerOfModel } from '../onnx/layers';
import { MAX_CALLS, MAX_DEPTH, MAX_ELEMENTS, MAX_RANK } from './limits';
import { isTensor, mathOf, type LayerCall, type Value } from './layerCall';
import { layerOf, masksOf } from './layers';
import { Settings, isObject } from './settings';
import { definitionOf, type Argument, type Call, type LayerDefinition, type ModelDefinition } from './topology';
import type { Weights } from './weights';

/** Calls the layers of a model one after the other and writes down what they compute. */
export class Walk {
  /** The layers, in order, under the names of the values before {@link labels}. */
  readonly layers: LayerOfModel[] = [];
  /** Names that the user knows, by the names of the values. */
  readonly labels = new Map<string, string>();
  private readonly repeats = new Map<string, number>();
  private readonly unmasked = new WeakSet<object>();
  private readonly policies = new Set<string>();
  private readonly major: number;
  private readonly minor: number;
  private calls = 0;

  /** @param version the version of Keras that wrote the model, whose rules for masks hold: `3.15.1`. */
  constructor(
    private readonly emit: Emitter,
    version: string,
  ) {
    const [major, minor] = version.split('.').map((part) => Number.parseInt(part, 10));
    this.major = major;
    this.minor = Number.isInteger(minor) ? minor : major < 3 ? 0 : Infinity;
  }

  /** The outputs of a model for its inputs. */
  model(definition: ModelDefinition, inputs: readonly Value[], weights: readonly Weights[], depth = 0): Value[] {
    if (depth > MAX_DEPTH) throw new LensError('invalid-model', `it has more than ${MAX_DEPTH} layers within each other`);
    if (inputs.length !== definition.inputs.length) throw new LensError('invalid-model', `Model '${definition.name}': has ${definition.inputs.length} input(s), is called with ${inputs.length}`);
    for (const layer of definition.layers) for (const policy of policyOf(layer)) this.policies.add(policy);
    const made = new Map<string, readonly Value[]>(definition.inputs.map(({ layer, call }, index) => [`${call} ${layer}`, [inputs[index]]]));
    const own = definition.layers.map((layer, index) => (layer.model ? weights[index].layers(layer.model.layers) : [weights[index]]));
    const valueOf = ({ from }: Extract<Argument, { from: unknown }>): Value => {
      const value = made.get(`${from.call} ${from.layer}`)?.[from.output];
      if (!value) throw new LensError('invalid-model', `Model '${definition.name}': layer '${from.layer}' has no output ${from.output} of its call ${from.call}`);
      return value.tensor && this.unmasked.has(value.tensor) ? { ...value, mask: undefined } : value;
    };
    for (const call of definition.calls) {
      const layer = definition.layers[call.layer];
      if (made.has(`${call.index} ${layer.name}`)) continue; // an InputLayer
      made.set(`${call.index} ${layer.name}`, this.named(layer, () => this.call(layer, call, valueOf, own[call.layer].map((each) => each.fromStart()), depth)));
    }
    return definition.outputs.map((from) => valueOf({ from }));
  }

  /** Runs within the scope of the layer, and lists it as a layer of the model. */
  private named(layer: LayerDefinition, action: () => { inputs: readonly Value[]; outputs: Value[] }): Value[] {
    const { emit } = this;
    const outer = emit.scope;
    emit.scope = outer === '' ? layer.name : `${outer}/${layer.name}`;
    try {
      const { inputs, outputs } = action();
      const named = outputs.map((output, index) => this.label(output, outputs.length === 1 ? emit.scope : `${emit.scope}:${index}`));
      const repeats = this.repeats.get(emit.scope) ?? 0;
      this.repeats.set(emit.scope, repeats + 1);
      for (const [index, { value }] of named.entries()) {
        const suffix = named.length === 1 ? '' : `:${index}`;
        this.layers.push({ name: `${emit.scope}${suffix}${repeats === 0 ? '' : `#${repeats + 1}`}`, op: layer.kind, output: value.name, inputs: inputs.map((input) => input.value.name), isModule: true });
      }
      return named;
    } finally {
      emit.scope = outer;
    }
  }

  private call(layer: LayerDefinition, { args, kwargs }: Call, valueOf: (argument: Extract<Argument, { from: unknown }>) => Value, weights: readonly Weights[], depth: number): { inputs: readonly Value[]; outputs: Value[] } {
    const resolved = args.map((argument) => (isTensor(argument) ? valueOf(argument) : { plain: argument.value }));
    const keywords = new Map([...kwargs].map(([key, list]) => [key, list.filter(isTensor).map(valueOf)]));
    const masks = (kwargs.get('mask') ?? []).map((argument) => (isTensor(argument) ? valueOf(argument) : undefined));
    const plain = new Map([...kwargs].map(([key, list]) => [key, list.length === 1 && !isTensor(list[0]) ? list[0].value : undefined]));
    const inputs = resolved.filter((argument): argument is Value => 'value' in argument);
    return { inputs, outputs: this.run(layer, { inputs, args: resolved, keywords, masks, plain, weights }, depth) };
  }

  private run(layer: LayerDefinition, given: Given, depth: number): Value[] {
    if (++this.calls > MAX_CALLS) throw new LensError('unsupported-operator', `it calls more than ${MAX_CALLS} layers`);
    const { emit } = this;
    const settings = new Settings(`${layer.kind} '${emit.scope}'`, layer.config);
    if (depth > MAX_DEPTH) throw settings.invalid(`more than ${MAX_DEPTH} layers are within each other`);
    // what Keras 3 is told when a model is called comes before what the call of a layer says
    if (given.plain.get('training') === true && this.major < 3) throw settings.unsupported('it is called with training=True, so its output is random', 'Build the model without it.');
    if (layer.model) {
      if (given.inputs.some(({ mask }) => mask)) throw settings.unsupported('masks are not supported as inputs of a model within a model');
      const { keywords } = given;
      if ([...keywords.values()].some((list) => list.length > 0)) throw settings.unsupported('a model within a model takes no tensors by name');
      return this.model(layer.model, given.inputs, given.weights, depth + 1);
    }
    const { masks } = given;
    if (masks.length > given.inputs.length) throw settings.invalid(`it is called with ${masks.length} masks for ${given.inputs.length} input(s)`);
    const hasMaskArgument = masks.some((mask) => mask);
    const inputs = given.inputs.map((input, index) => (hasMaskArgument ? { ...input, mask: masks[index]?.value } : input));
    if (!layer.isOperation && given.args.some((argument) => 'plain' in argument && argument.plain !== null)) throw settings.unsupported('it is called with plain values, which is not supported');
    const used = new Set(['mask', 'training']);
    const call: LayerCall = {
      emit,
      math: mathOf(emit),
      settings,
      weights: given.weights[0],
      inputs,
      args: given.args,
      major: this.major,
      isSince: (major, minor) => this.major > major || (this.major === major && this.minor >= minor),
      hasMaskArgument,
      unmask: ({ tensor, mask }) => {
        if (!tensor || !mask) return;
        if (this.policies.size > 1) throw settings.unsupported(`masks are not supported in a model whose layers compute in ${[...this.policies].join(' and ')}`, 'Save the model with one dtype policy for all layers.');
        this.unmasked.add(tensor);
      },
      keyword(key) {
        used.add(key);
        return given.keywords.get(key) ?? [];
      },
      option(key) {
        used.add(key);
        return given.plain.get(key) ?? undefined;
      },
      definition: (key) => definitionOf(settings, key, settings.raw(key), this.major),
      inner: (key, weights, values, changes = {}) => {
        const inner = definitionOf(settings, key, settings.raw(key), this.major);
        const own = inner.model ? weights.layers(inner.model.layers) : [weights];
        return this.run({ ...inner, config: { ...inner.config, ...changes } }, { inputs: values, args: values, keywords: new Map(), masks: [], plain: new Map(), weights: own }, depth + 1);
      },
    };
    const emitLayer = layerOf(layer, settings);
    const result = emitLayer(call);
    for (const [key, list] of given.keywords) if (list.length > 0 && !used.has(key)) throw settings.unsupported(`a tensor given as ${key} is not supported`);
    for (const [key, value] of given.plain) if (value !== undefined && value !== null && value !== false && !used.has(key)) throw settings.unsupported(`${key} is not supported in its call`);
    const results = Array.isArray(result) ? result : [masksOf(layer.kind, result, inputs)];
    const outputs = layer.isOperation ? results.map(({ value }): Value => ({ value })) : results;
    for (const output of outputs) {
      this.check(settings, output.value.shape);
      const isNew = this.major < 3 && layer.kind === 'Reshape'; // TensorFlow makes another tensor of the same shape
      if (!isNew && !output.mask && inputs.some(({ value, mask }) => mask && value === output.value)) throw settings.unsupported('it hands on its input, with the mask or without, as the backend of Keras does', 'Build the model without it.');
    }
    return outputs;
  }

  private check(settings: Settings, shape: readonly number[]): void {
    const fits = shape.length <= MAX_RANK && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) && sizeOf(shape) <= MAX_ELEMENTS;
    if (!fits) throw settings.invalid(`its output must have at most ${MAX_ELEMENTS} elements, its shape is ${formatShape(shape)}`);
    if (shape.includes(0)) throw new LensError('shape-mismatch', `${settings.subject}: its input is too small, its output would have shape ${formatShape(shape)}`);
  }

  /** Gives a value the name of its layer; what has a name already, as the input of a Dropout, goes through an Identity. */
  private label(output: Value, name: string): Value {
    const { emit, labels } = this;
    const isTaken = labels.has(output.value.name) || emit.isInput(output.value) || emit.constantOf(output.value) !== undefined;
    const value = isTaken ? emit.op('Identity', [output.value]) : output.value;
    emit.pin(value);
    labels.set(value.name, name);
    return { mask: output.mask, tensor: output.tensor ?? {}, value };
  }
}

interface Given {
  readonly inputs: readonly Value[];
  readonly args: LayerCall['args'];
  readonly keywords: ReadonlyMap<string, readonly Value[]>;
  /** What is given by name as the masks of the inputs. */
  readonly masks: readonly (Value | undefined)[];
  readonly plain: ReadonlyMap<string, unknown>;
  readonly weights: readonly Weights[];
}

/** The floating-point type that a layer computes in: between layers of different ones, Keras converts tensors to others with masks of their own. */
function policyOf({ kind, isOperation, config: { dtype } }: LayerDefinition): string[] {
  const name = isObject(dtype) && isObject(dtype.config) ? dtype.config.name : dtype;
  return !isOperation && kind !== 'InputLayer' && typeof name === 'string' && name.includes('float') ? [name.slice(0, 100)] : [];
}
