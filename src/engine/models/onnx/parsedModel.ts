import type { Attributes } from '../../graph/graph';
import type { Tensor } from '../../tensor';
import type { ModelPort } from '../model';
import type { Layer } from './layers';

/** An ONNX file after reading and checking, before shapes are known. Operators are still as their own opset defines them. */
export interface ParsedModel extends ParsedBody {
  readonly name: string;
  readonly inputs: readonly ModelPort[];
  /** The outputs as declared; the shape is undefined where the file does not say. */
  readonly outputPorts: readonly (Omit<ModelPort, 'shape'> & { readonly shape: readonly number[] | undefined })[];
  readonly layers: readonly Layer[];
  readonly labels: readonly string[] | undefined;
  /** The operator set and what wrote the file, in one sentence. */
  readonly origin: string;
  /** What was changed while reading, one sentence each. */
  readonly notes: readonly string[];
}

/** Nodes with the weights that they use: the main graph, a branch of an `If`, or the body of a `Loop`, `Scan` or `SequenceMap`. */
export interface ParsedBody {
  /** The names of what is fed: to the main graph, and to a body in each round. */
  readonly parameters: readonly string[];
  /** In topological order; only those that the outputs need. */
  readonly nodes: readonly ParsedNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** The names of the values returned. */
  readonly outputs: readonly string[];
  /** Names that it uses and does not define: a body's come from the graph around it, the main graph's are its inputs. */
  readonly captures: readonly string[];
}

export interface ParsedNode {
  /** Unique, as the user knows it. */
  readonly name: string;
  /** The dotted path of the module that the node belongs to, when the exporter recorded it as metadata. */
  readonly module?: string;
  /** The operator type; with the domain before it when that is not ONNX's own (`com.microsoft.FusedConv`). */
  readonly op: string;
  /** The version of ONNX's operator set that defines it. */
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** ONNX's type of the integers of the operators to which it matters, where the file says it. */
  readonly elementType?: number;
  readonly attributes: Attributes;
  /** Graph attributes: `then_branch` and `else_branch` of an `If`, `body` of a `Loop`, `Scan` or `SequenceMap`. */
  readonly bodies: Readonly<Record<string, ParsedBody>>;
}
