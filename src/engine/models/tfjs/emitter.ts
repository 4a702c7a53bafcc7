import { GraphBuilder, type NodeOptions } from '../../graph/builder';
import type { Attributes, ValueInfo } from '../../graph/graph';
import { ONNX_TYPE } from '../../graph/onnxTypes';
import { sameShape } from '../../operators/broadcast';
import { materialise, stridesOf } from '../../operators/strided';
import { float32, int64, tensor, toNumbers, type DataType, type Shape, type Tensor } from '../../tensor';

/** What was computed from a weight, so that graphs for other batch sizes share it. */
const derived = new WeakMap<Tensor, Map<string, Tensor>>();

/** A graph builder that names nodes after the running layer, and computes on constants at once instead of emitting nodes. */
export class Emitter extends GraphBuilder {
  /** `block1/conv`: stands before the names of the nodes; empty outside layers. */
  scope = '';
  /** What a Reshape reshaped, and each result by source and shape, to emit one Reshape where a chain was traced. */
  private readonly reshaped = new Map<string, ValueInfo>();
  private readonly shapes = new Map<string, ValueInfo>();
  private readonly known = new Map<Tensor, ValueInfo>();
  /** The names of weights, also for what was computed from them. */
  readonly weightNames = new Map<string, string>();
  private readonly fed = new Set<string>();

  override input(name: string, dtype: DataType, shape: Shape): ValueInfo {
    this.fed.add(name);
    return super.input(name, dtype, shape);
  }

  isInput({ name }: ValueInfo): boolean {
    return this.fed.has(name);
  }

  override node(type: string, inputs: readonly (ValueInfo | undefined)[], attributes: Attributes = {}, options: NodeOptions = {}): ValueInfo[] {
    return super.node(type, inputs, attributes, { ...options, name: this.scoped(options.name ?? type) });
  }

  /** A node with several outputs. */
  split(type: string, inputs: readonly ValueInfo[], attributes: Attributes, outputs: number): ValueInfo[] {
    return this.node(type, inputs, attributes, { outputs: Array.from({ length: outputs }, (_, index) => this.scoped(`${type}:${index}`)) });
  }

  /** The constant of a tensor; the same tensor gives the same value. */
  weight(value: Tensor, name = 'constant'): ValueInfo {
    const weight = this.known.get(value) ?? this.constant(value, name);
    this.known.set(value, weight);
    this.weightNames.set(weight.name, this.weightNames.get(name) ?? name);
    return weight;
  }

  /** A scalar of the element type of `like`, for arithmetic with it. */
  scalarLike(like: ValueInfo, value: number): ValueInfo {
    return like.dtype === 'int32' ? this.constant(tensor('int32', Int32Array.of(value), []), 'scalar') : this.scalar(value);
  }

  /** An int64 constant of any shape, as Gather reads indices. */
  indices(values: readonly number[], shape: Shape = [values.length]): ValueInfo {
    return this.constant(int64(values, shape), 'indices');
  }

  reshape(value: ValueInfo, shape: Shape): ValueInfo {
    if (sameShape(value.shape, shape)) return value;
    const source = this.beforeReshape(value);
    const key = `${source.name} ${shape.join(' ')}`;
    const known = sameShape(source.shape, shape) ? source : this.shapes.get(key);
    if (known) return known;
    const constant = this.constantOf(source);
    if (constant) return this.weight(derive(constant, `reshape ${shape.join(' ')}`, () => ({ ...constant, shape })), source.name);
    const result = this.op('Reshape', [source, this.integers(shape)]);
    this.reshaped.set(result.name, source);
    this.shapes.set(key, result);
    return result;
  }

  /** Lets all that follows read this value, not what it was reshaped from. */
  pin({ name }: ValueInfo): void {
    this.reshaped.delete(name);
  }

  /** The value that was reshaped to `value`, or `value` itself. */
  beforeReshape(value: ValueInfo): ValueInfo {
    return this.reshaped.get(value.name) ?? value;
  }

  transpose(value: ValueInfo, perm: readonly number[]): ValueInfo {
    if (perm.every((axis, index) => axis === index)) return value;
    const constant = this.constantOf(value);
    if (!constant) return this.op('Transpose', [value], { perm });
    const strides = stridesOf(value.shape);
    const view = { shape: perm.map((axis) => value.shape[axis]), strides: perm.map((axis) => strides[axis]) };
    return this.weight(derive(constant, `transpose ${perm.join(' ')}`, () => materialise(constant, view)), value.name);
  }

  cast(value: ValueInfo, dtype: DataType): ValueInfo {
    return value.dtype === dtype ? value : this.op('Cast', [value], { to: ONNX_TYPE[dtype] });
  }

  /** A float32 constant computed element by element from constants of one shape; undefined unless all are constants. */
  fold(inputs: readonly ValueInfo[], name: string, formula: (...numbers: number[]) => number): ValueInfo | undefined {
    const constants = inputs.map((input) => this.constantOf(input));
    if (!constants.every((constant) => constant !== undefined)) return undefined;
    const columns = constants.map(toNumbers);
    const values = columns[0].map((_, index) => formula(...columns.map((column) => column[index])));
    return this.constant(float32(values, inputs[0].shape), name);
  }

  private scoped(name: string): string {
    return this.scope === '' ? name : `${this.scope}/${name}`;
  }
}

function derive(source: Tensor, key: string, make: () => Tensor): Tensor {
  const results = derived.get(source) ?? new Map<string, Tensor>();
  derived.set(source, results);
  const result = results.get(key) ?? make();
  results.set(key, result);
  return result;
}
