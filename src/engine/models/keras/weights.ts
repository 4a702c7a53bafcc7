import { fromErrorPayload, LensError } from '../../../protocol/errors';
import { sameShape } from '../../operators/broadcast';
import { formatShape, type Shape, type Tensor } from '../../tensor';
import type { Hdf5Weights } from './hdf5Messages';
import type { LayerDefinition } from './topology';

/** The weights of one layer, taken in the order in which Keras creates them. */
export interface Weights {
  /** The next weight. Throws `invalid-model` when it is missing or has another shape; -1 fits any length. */
  next(name: string, shape: Shape): Tensor<'float32'>;
  /** Whether there is another weight. */
  readonly hasNext: boolean;
  /** The same weights, none taken yet: a layer that is called several times takes them each time. */
  fromStart(): Weights;
  /** The weights of a layer within the layer, taken after those before; files of other versions call it by another of the names (`query_dense`, `_query_dense`). */
  within(...attributes: readonly [string, ...string[]]): Weights;
  /** Those of the layers of a model, in order. */
  layers(layers: readonly LayerDefinition[]): Weights[];
  /** Those of a list of layers within the layer (`cells`), to be taken one after the other. */
  elements(attribute: string, layers: readonly LayerDefinition[]): Weights[];
}

/** All weights of a file. */
export class WeightFile {
  private found: ReadonlySet<string> | undefined;

  constructor(private readonly read: Hdf5Weights) {}

  /** Whether there are weights within a group. */
  hasWithin(group: string): boolean {
    this.found ??= new Set([...this.read.tensors.keys()].flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))));
    return this.found.has(group);
  }

  tensor(path: string): Tensor | undefined {
    const found = this.read.tensors.get(path);
    if (found && 'code' in found) throw fromErrorPayload(found);
    return found;
  }

  names(group: string): readonly string[] {
    return this.read.names.get(group) ?? [];
  }
}

/** What makes Keras' names of classes those of its files: `Conv2DTranspose` is `conv2d_transpose`. */
const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** How a version of Keras names what the layers of a model have in `model.weights.h5`. */
export interface LayerGroups {
  /** The group in which each layer has one. */
  readonly container: string;
  /** Whether a layer with weights counts twice among those of its class. */
  readonly isCountedTwice: boolean;
}

/** Versions 2.12 to 2.14 have a name of their own, the first two count layers with weights twice. */
export const layerGroupsOf = (version: string): LayerGroups => ({
  container: /^2\.1[234]\./.test(version) ? '_layer_checkpoint_dependencies' : 'layers',
  isCountedTwice: /^2\.1[23]\./.test(version),
});

/** Weights as Keras 3 writes them into `model.weights.h5`: by class and count, `layers/dense_1/vars/0`. */
export class NestedWeights implements Weights {
  private taken = 0;

  constructor(
    private readonly file: WeightFile,
    private readonly path: string,
    private readonly subject: string,
    private readonly groups: LayerGroups,
  ) {}

  get hasNext(): boolean {
    return this.file.tensor(this.at(this.taken)) !== undefined;
  }

  next(name: string, shape: Shape): Tensor<'float32'> {
    return fitting(this.file.tensor(this.at(this.taken++)), `${this.subject}: ${name}`, shape);
  }

  fromStart(): Weights {
    return new NestedWeights(this.file, this.path, this.subject, this.groups);
  }

  within(...attributes: readonly [string, ...string[]]): Weights {
    const found = attributes.map((attribute) => new NestedWeights(this.file, `${this.path}${attribute}/`, this.subject, this.groups));
    return found.find(({ hasNext }) => hasNext) ?? found[0];
  }

  layers(layers: readonly LayerDefinition[]): Weights[] {
    return this.named(this.groups.container, layers, this.groups.isCountedTwice);
  }

  elements(attribute: string, layers: readonly LayerDefinition[]): Weights[] {
    return this.named(attribute, layers, false);
  }

  private named(container: string, layers: readonly LayerDefinition[], isCountedTwice: boolean): Weights[] {
    const counts = new Map<string, number>();
    return layers.map(({ kind, name, isOperation }) => {
      const base = kind === 'GroupQueryAttention' ? 'grouped_query_attention' : snakeCase(kind); // it is registered under a shorter name
      const count = counts.get(base) ?? 0;
      const group = `${this.path}${container}/${base}${count === 0 ? '' : `_${count}`}`;
      if (!isOperation) counts.set(base, count + (isCountedTwice && this.file.hasWithin(group) ? 2 : 1));
      return new NestedWeights(this.file, `${group}/`, `${kind} '${name}'`, this.groups);
    });
  }

  private at(index: number): string {
    return `${this.path}vars/${index}`;
  }
}

/** Weights as HDF5 models have them: each layer of the outermost model is a group with the list `weight_names`. */
export class ListedWeights implements Weights {
  private taken = 0;

  private constructor(
    private readonly file: WeightFile,
    /** The paths of the weights in the file and, behind the last `/`, their names. */
    private readonly paths: readonly string[],
    private readonly subject: string,
  ) {}

  /** The groups of the layers of the outermost model. */
  static groups(layers: readonly LayerDefinition[]): string[] {
    return layers.map(({ name }) => `model_weights/${name}`);
  }

  /** Those of the layers of the outermost model. */
  static of(file: WeightFile, layers: readonly LayerDefinition[]): Weights[] {
    const groups = ListedWeights.groups(layers);
    return layers.map(({ kind, name }, index) => {
      const group = groups[index];
      return new ListedWeights(file, file.names(group).map((path) => `${group}/${path}`), `${kind} '${name}'`);
    });
  }

  get hasNext(): boolean {
    return this.taken < this.paths.length;
  }

  next(name: string, shape: Shape): Tensor<'float32'> {
    const path = this.paths[this.taken++];
    const stored = path?.split('/').at(-1)?.replace(/:\d+$/, '');
    const isNamed = stored !== undefined && !/^variable(_\d+)?$/i.test(stored);
    if (isNamed && stored !== name) throw new LensError('invalid-model', `${this.subject}: its weight ${this.taken} must be '${name}', the file has '${stored}'`);
    return fitting(path === undefined ? undefined : this.file.tensor(path), `${this.subject}: ${name}`, shape);
  }

  fromStart(): Weights {
    return new ListedWeights(this.file, this.paths, this.subject);
  }

  within(): Weights {
    return this;
  }

  elements(_: string, layers: readonly LayerDefinition[]): Weights[] {
    return layers.map(() => this);
  }

  /** A nested model lists the weights of all its layers, trainable ones first; the path of each has the layer's name in it. */
  layers(layers: readonly LayerDefinition[]): Weights[] {
    return layers.map(({ kind, name }) => new ListedWeights(this.file, this.paths.filter((path) => path.slice(path.indexOf('/')).includes(`/${name}/`)), `${kind} '${name}'`));
  }
}

function fitting(found: Tensor | undefined, subject: string, shape: Shape): Tensor<'float32'> {
  if (!found) throw new LensError('invalid-model', `${subject} is missing in the file`);
  const wanted = shape.map((dim, axis) => (dim === -1 ? (found.shape[axis] ?? 1) : dim));
  if (!isFloat(found) || !sameShape(found.shape, wanted)) throw new LensError('invalid-model', `${subject} must be float32 of shape ${formatShape(shape)}, got ${found.dtype} ${formatShape(found.shape)}`);
  return found;
}

const isFloat = (value: Tensor): value is Tensor<'float32'> => value.dtype === 'float32';
