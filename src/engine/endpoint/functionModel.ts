import { LensError } from '../../protocol/errors';
import type { Graph } from '../graph/graph';
import type { InputSpec } from '../models/onnx/specialise';
import type { Model, ModelPort } from '../models/model';
import { blank } from '../attribution/rows';
import { castTo, toTensor } from '../attribution/tensorLike';
import type { Feeds } from '../runtime/runtime';
import { formatShape, type Shape, type Tensor } from '../tensor';

/** A function elsewhere: takes the rows of each input, returns the output for each row. */
export type ForwardFunction = (...inputs: Tensor[]) => Promise<unknown>;

const OUTPUT = 'output';

/**
 * A model of which nothing is known but its outputs: a function in another process. Its graph has inputs and an output and
 * no nodes, so that passes can be planned and perturbation methods work; it has no gradients and no layers.
 */
export class FunctionModel implements Model {
  readonly format = 'function';
  readonly inputs: readonly ModelPort[] = [];
  readonly outputs: readonly ModelPort[];
  readonly executor: NonNullable<Model['executor']> = { name: 'Python', run: (graph, feeds) => this.run(graph, feeds) };
  private readonly graphs = new Map<string, Promise<Graph>>();

  /** @param declared The shape of the output, -1 for the axis of the rows; found out by calls with zeros when it is left out. */
  constructor(
    readonly name: string,
    private readonly forward: ForwardFunction,
    private readonly declared?: Shape,
  ) {
    this.outputs = [{ name: OUTPUT, dtype: 'float32', shape: declared ?? [] }];
  }

  graph(inputs: readonly InputSpec[]): Promise<Graph> {
    const key = JSON.stringify(inputs.map(({ shape, dtype }) => [dtype, shape]));
    const known = this.graphs.get(key) ?? this.describe(inputs);
    this.graphs.set(key, known);
    known.catch(() => this.graphs.delete(key));
    return known;
  }

  dispose(): void {
    this.graphs.clear();
  }

  private async describe(inputs: readonly InputSpec[]): Promise<Graph> {
    const shape = await this.outputShape(inputs);
    const ports = inputs.map(({ shape: own, dtype }, index) => ({ name: `input${index}`, dtype, shape: own }));
    const values = new Map([...ports, { name: OUTPUT, dtype: 'float32' as const, shape }].map((info) => [info.name, info]));
    return { name: this.name, inputs: ports, outputs: [OUTPUT], nodes: [], constants: new Map(), values };
  }

  /** A result that does not grow from one row to two is one for all rows together. */
  private async outputShape(inputs: readonly InputSpec[]): Promise<Shape> {
    const rows = inputs[0].shape[0];
    if (this.declared) return this.declared.map((dim, axis) => (axis === 0 && dim === -1 ? rows : dim));
    const one = (await this.call(inputs.map((spec) => zeros(spec, rows, 1)))).shape;
    if (rows === 1) return one;
    const two = (await this.call(inputs.map((spec) => zeros(spec, rows, 2)))).shape;
    return one[0] === 1 && two[0] === 2 ? [rows, ...one.slice(1)] : one;
  }

  private async run({ inputs, values }: Graph, feeds: Feeds): Promise<Record<string, Tensor>> {
    const output = await this.call(inputs.map(({ name }) => feeds[name]));
    requireShape(this.name, values.get(OUTPUT)?.shape ?? [], output.shape);
    return { [OUTPUT]: output };
  }

  private async call(inputs: readonly Tensor[]): Promise<Tensor> {
    const returned = await this.forward(...inputs);
    const subject = `What '${this.name}' returned`;
    const { tensor } = await toTensor(typeof returned === 'number' ? { dtype: 'float32', shape: [], data: Float32Array.of(returned) } : returned, subject);
    return tensor.dtype === 'float32' ? tensor : castTo({ data: tensor.data as ArrayLike<number | bigint>, shape: tensor.shape }, 'float32', subject);
  }
}

/** Zeros for so many rows; what does not follow the rows stays whole. */
const zeros = ({ shape, dtype }: InputSpec, rows: number, count: number): Tensor => blank(dtype, shape[0] === rows ? [count, ...shape.slice(1)] : shape);

/** @throws LensError `invalid-argument` for what is not the shape of an output. */
export function readDeclaredShape(value: unknown): Shape | undefined {
  if (value === undefined || value === null) return undefined;
  const isShape = Array.isArray(value) && value.length <= 16 && value.every((dim, axis) => Number.isSafeInteger(dim) && (dim > 0 || (axis === 0 && dim === -1)));
  if (!isShape) throw new LensError('invalid-argument', `functionModel: outputs must be a list of whole numbers, -1 for the axis of the rows, got ${JSON.stringify(value)?.slice(0, 80)}`);
  return value as number[];
}

function requireShape(name: string, expected: Shape, found: Shape): void {
  if (expected.join() === found.join()) return;
  throw new LensError('shape-mismatch', `'${name}' must return the shape ${formatShape(expected)}, got ${formatShape(found)}`, 'It must return one entry for each row that it gets.');
}
