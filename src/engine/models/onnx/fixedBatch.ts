import { LensError } from '../../../protocol/errors';
import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import type { OutputInfo } from '../../operators/operator';
import { formatShape, sizeOf, toNumbers, type Shape } from '../../tensor';
import type { EmitHook, Emitter, Inputs } from './emitter';
import type { ParsedModel } from './parsedModel';
import { axisOf, mixesExamples } from './exampleMixing';
import { specialise, type InputSpec } from './specialise';

/**
 * Specialises a model, also one that was exported for a batch of one example and has that 1 baked into its shapes.
 * Such a model is carried over to other batch sizes only where {@link FixedBatch} proves each node.
 */
export function specialiseForBatch(model: ParsedModel, inputs: readonly InputSpec[]): Graph {
  const isFixed = model.inputs.some((port, index) => port.shape[0] === 1 && inputs[index].shape[0] !== 1);
  const single = inputs.map((input, index) => (isBatched(model, index, input) ? { ...input, shape: [1, ...input.shape.slice(1)] } : input));
  const sizes = new Set(inputs.filter((_, index) => single[index] !== inputs[index]).map((input) => input.shape[0]));
  const [batch] = sizes;
  const carryOver = (): Graph => {
    const fixedBatch = new FixedBatch(specialise(model, single).values, batch);
    const { graph } = specialise(model, inputs, fixedBatch);
    for (const output of graph.outputs) fixedBatch.requireInOrder(output);
    return graph;
  };
  if (isFixed && sizes.size === 1) return carryOver();
  if (sizes.size !== 1) return specialise(model, inputs).graph;
  try {
    return specialise(model, inputs).graph;
  } catch (error) {
    if (!(error instanceof LensError) || error.code === 'unsupported-operator') throw error;
    try {
      return carryOver();
    } catch {
      throw error; // the first failure is the one that the model's author would see
    }
  }
}

/** Whether the first axis of an input is its batch axis, of another size than 1. */
const isBatched = (model: ParsedModel, index: number, { shape }: InputSpec): boolean => shape.length > 0 && shape[0] !== 1 && [1, -1].includes(model.inputs[index].shape[0]);

const PRODUCTS: ReadonlySet<string> = new Set(['Gemm', 'MatMul']);

/** Operators that compute each row of an axis, which they do not work along, by itself. */
const ROW_BY_ROW: ReadonlySet<string> = new Set([...PRODUCTS, 'Add', 'Div', 'Erf', 'Identity', 'LayerNormalization', 'Mul', 'Pow', 'ReduceMean', 'Relu', 'Sigmoid', 'Softmax', 'Sqrt', 'Sub', 'Tanh', 'Transpose']);

const NEXT_STEP = 'Export the model with a dynamic batch axis, or attribute one example at a time.';

/**
 * Compares a specialisation for a batch with the one for a single example (the reference), node by node, and keeps
 * this invariant: a value either has its reference shape and does not depend on the example, or exactly one axis is
 * longer by the batch size and holds one block for each example, or several runs of such blocks, where a sequence of
 * batches was made a matrix ([length, batch, width] to [length * batch, width]). Where a literal shape of the single example breaks
 * that (Reshape, Resize), it is replaced; where a node could mix examples, it is refused.
 */
class FixedBatch implements EmitHook {
  /** What each value is for one example. */
  private readonly reference: Map<string, ValueInfo>;
  /** How many runs of examples the batch axis of a value holds, where it is not one. */
  private readonly outer = new Map<string, number>();

  constructor(
    reference: ReadonlyMap<string, ValueInfo>,
    private readonly batch: number,
  ) {
    this.reference = new Map(reference);
  }

  adapt(node: GraphNode, inputs: Inputs, emitter: Emitter): Inputs {
    switch (node.op) {
      case 'Reshape':
        return this.withBatchedShape(node, inputs, emitter);
      case 'Resize':
        return this.batchAxisOf(node, inputs[0], emitter) === 0 ? this.withBatchedSizes(node, inputs, emitter) : inputs;
      case 'Concat':
        return this.withRepeatedConstants(node, inputs, emitter);
      default:
        return inputs;
    }
  }

  check(node: GraphNode, inputs: Inputs, outputs: readonly OutputInfo[], emitter: Emitter): void {
    const axes = inputs.map((input) => input && this.axis(node, input.shape, this.reference.get(input.name)?.shape));
    if (axes.every((axis) => axis === undefined)) return;
    for (const [index, axis] of axes.entries()) if (axis !== undefined && mixesExamples({ node, inputs, emitter }, index, axis)) throw this.refusal(node, 'it combines the examples of a batch');
    for (const [index, name] of node.outputs.entries()) {
      if (name === '') continue;
      const expected = this.reference.get(name)?.shape;
      const axis = this.axis(node, outputs[index].shape, expected);
      if (axis === undefined) throw this.refusal(node, `its result ${formatShape(outputs[index].shape)} does not grow with the batch`);
      const outer = this.outerAfter(node, axes, expected ?? [], axis);
      if (outer === undefined) throw this.refusal(node, 'it interleaves the examples of a batch');
      this.outer.set(name, outer);
    }
  }

  /** Throws unless the examples of this value follow one another. */
  requireInOrder(output: string): void {
    if (this.outerOf(output) !== 1) throw new LensError('shape-mismatch', `The output '${output}' interleaves the examples of a batch: the model was exported for one example`, NEXT_STEP);
  }

  private readonly outerOf = (name: string): number => this.outer.get(name) ?? 1;

  /** How many runs of examples the axis of a node's result holds; undefined when the examples no longer lie along one axis in runs. */
  private outerAfter(node: GraphNode, axes: readonly (number | undefined)[], expected: Shape, axis: number): number | undefined {
    const source = this.reference.get(node.inputs[0])?.shape;
    const [from] = axes;
    if ((node.op === 'Reshape' || node.op === 'Flatten') && source && from !== undefined) return outerIn(expected, axis, leading(source, from) * this.outerOf(node.inputs[0]));
    const [outer, ...others] = new Set(axes.flatMap((each, index) => (each === undefined ? [] : [this.outerOf(node.inputs[index])])));
    const keepsRows = ROW_BY_ROW.has(node.op) && (axes[1] === undefined || !PRODUCTS.has(node.op));
    return others.length === 0 && (outer === 1 || keepsRows) ? outer : undefined;
  }

  /** The axis that is longer than in the reference by the batch size; undefined when the shapes are equal. */
  private axis(node: GraphNode, shape: Shape, reference: Shape | undefined): number | undefined {
    const longer = shape.flatMap((dim, axis) => (dim === reference?.[axis] ? [] : [axis]));
    if (reference?.length === shape.length && longer.length === 0) return undefined;
    const [axis] = longer;
    const fits = reference?.length === shape.length && longer.length === 1 && shape[axis] === reference[axis] * this.batch;
    if (!fits) throw this.refusal(node, `shape ${formatShape(shape)} is not ${reference ? formatShape(reference) : 'that of one example'} for each of ${this.batch}`);
    return axis;
  }

  private batchAxisOf(node: GraphNode, value: ValueInfo | undefined, emitter: Emitter): number | undefined {
    return value && !emitter.constantOf(value) ? this.axis(node, value.shape, this.reference.get(value.name)?.shape) : undefined;
  }

  /** Multiplies by the batch size the axis of the literal shape where the examples lie, unless the shape fits as it is. */
  private withBatchedShape(node: GraphNode, inputs: Inputs, emitter: Emitter): Inputs {
    const from = this.batchAxisOf(node, inputs[0], emitter);
    const literal = emitter.constantOf(inputs[1]);
    const [source, expected] = [this.reference.get(node.inputs[0])?.shape, this.reference.get(node.outputs[0])?.shape];
    if (from === undefined || !literal || !source || !expected || expected.includes(0)) return inputs;
    const numbers = toNumbers(literal);
    if (!numbers.includes(-1) && sizeOf(numbers.map((dim, axis) => dim || (inputs[0]?.shape[axis] ?? 1))) === sizeOf(inputs[0]?.shape ?? [])) return inputs;
    const before = leading(source, from) * this.outerOf(node.inputs[0]);
    const candidates = expected.flatMap((_, axis) => (outerIn(expected, axis, before) ? [{ axis, outer: outerIn(expected, axis, before) }] : []));
    // examples are joined with anything rather than with the last axis, the features
    const cost = ({ axis, outer }: { axis: number; outer?: number }): number => Number(axis > 0 && axis === expected.length - 1) * 4 + Number(outer !== 1) * 2 + Number(axis !== from);
    const [best] = candidates.sort((left, right) => cost(left) - cost(right));
    return best ? this.withLiteral(node, inputs, 1, expected.map((dim, axis) => (axis === best.axis ? dim * this.batch : dim)), emitter) : inputs;
  }

  /** Puts the batch size where the literal sizes of a result say 1 example. */
  private withBatchedSizes(node: GraphNode, inputs: Inputs, emitter: Emitter): Inputs {
    const sizes = emitter.constantOf(inputs[3]);
    const expected = this.reference.get(node.outputs[0])?.shape;
    return sizes && expected && toNumbers(sizes)[0] === 1 ? this.withLiteral(node, inputs, 3, [this.batch, ...expected.slice(1)], emitter) : inputs;
  }

  private withLiteral(node: GraphNode, inputs: Inputs, position: number, shape: readonly number[], emitter: Emitter): Inputs {
    const replacement = emitter.integers(`${node.name}/shape`, shape);
    this.reference.set(replacement.name, replacement);
    return inputs.map((input, index) => (index === position ? replacement : input));
  }

  /** Repeats what is joined to every example, such as a class token. */
  private withRepeatedConstants(node: GraphNode, inputs: Inputs, emitter: Emitter): Inputs {
    const [axis] = inputs.flatMap((input) => this.batchAxisOf(node, input, emitter) ?? []);
    if (axis === undefined || axis === axisOf(node, inputs[0])) return inputs;
    return inputs.map((input) => {
      if (!input || input.shape[axis] !== 1 || this.batchAxisOf(node, input, emitter) !== undefined) return input;
      const shape = emitter.integers(`${node.name}/shape`, input.shape.map((dim, index) => (index === axis ? this.batch : dim)));
      this.reference.set(shape.name, shape);
      const name = `${node.name}/Expand`;
      const [repeated] = emitter.emit('Expand', [input, shape], {}, { name: emitter.newNodeName(name), outputs: [emitter.newValueName(name)] });
      this.reference.set(repeated.name, { ...repeated, shape: input.shape });
      return repeated;
    });
  }

  private refusal(node: GraphNode, reason: string): LensError {
    return new LensError('shape-mismatch', `${node.op} '${node.name}': the model was exported for one example, and this node cannot be carried over to ${this.batch}: ${reason}`, NEXT_STEP);
  }
}

/** The number of blocks that the axes before `axis` make. */
const leading = (shape: Shape, axis: number): number => sizeOf(shape.slice(0, axis));

/** How many runs of examples `axis` of a reshaped value holds, when `before` blocks stand before the examples; undefined when they would be torn apart. */
function outerIn(shape: Shape, axis: number, before: number): number | undefined {
  const outer = before / leading(shape, axis);
  return Number.isInteger(outer) && outer > 0 && shape[axis] % outer === 0 ? outer : undefined;
}
