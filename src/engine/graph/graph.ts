import type { DataType, Shape, Tensor } from '../tensor';

/**
 * The engine's graph: ONNX operators (opset 17 semantics, default domain) over named values, every shape known.
 *
 * A model is *specialised* for concrete input shapes before it becomes a Graph, so that a shape is always a list of
 * numbers, `Shape`/`Gather`/`Concat` arithmetic is folded away and derivatives can be written with plain integers.
 * Graphs are immutable: rewrites make new graphs and share constants by reference.
 */
export interface Graph {
  readonly name: string;
  /** The values fed at run time, in order. */
  readonly inputs: readonly ValueInfo[];
  /** The names of the values returned, in order. */
  readonly outputs: readonly string[];
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  /** Weights and folded values, by name. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Type and shape of every value: inputs, constants and node outputs. */
  readonly values: ReadonlyMap<string, ValueInfo>;
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
}

export interface GraphNode {
  /** Unique; as the user knows it where the model has names (`layer1.0.conv1`). */
  readonly name: string;
  /** The ONNX operator type, for example `Conv`. */
  readonly op: string;
  /** Value names; an empty string is an omitted optional input. */
  readonly inputs: readonly string[];
  /** Value names; an empty string is an omitted optional output. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export type Attribute = number | string | readonly number[] | readonly string[] | Tensor;
export type Attributes = Readonly<Record<string, Attribute>>;
