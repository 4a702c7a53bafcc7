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
  const carryOver = (): Graph => specialise(model, inputs, new FixedBatch(specialise(model, single).values, batch)).graph;
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

const NEXT_STEP = 'Export the model with a dynamic batch axis, or attribute one example at a time.';

/**
 * Compares a specialisation for a batch with the one for a single example (the reference), node by node, and keeps
 * this invariant: a value either has its reference shape and does not depend on the example, or exactly one axis is
 * longer by the batch size and holds one block for each example. Where a literal shape of the single example breaks
 * that (Reshape, Resize), it is replaced; where a node could mix examples, it is refused.
 */
class FixedBatch implements EmitHook {
  /** What each value is for one example. */
  private readonly reference: Map<string, ValueInfo>;

  constructor(
    reference: ReadonlyMap<string, ValueInfo>,
    private readonly batch: number,
  ) {
    this.reference = new Map(reference);
  }

  adapt(node: GraphNode, inputs: Inputs, emitter: Emitter): Inputs {
    switch (node.op) {
      case 'Reshape':
        return this.batchAxisOf(node, inputs[0], emitter) === 0 ? this.withLeadingBatch(node, inputs, 1, emitter) : inputs;
      case 'Resize':
        return this.batchAxisOf(node, inputs[0], emitter) === 0 ? this.withLeadingBatch(node, inputs, 3, emitter) : inputs;
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
      const [from] = axes;
      const source = this.reference.get(node.inputs[0])?.shape;
      const isReshaped = node.op === 'Reshape' || node.op === 'Flatten';
      if (isReshaped && expected && source && from !== undefined && leading(expected, axis) !== leading(source, from)) throw this.refusal(node, 'it interleaves the examples of a batch');
    }
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

  /** Puts the batch size where the shape given as input `position` says 1 example. */
  private withLeadingBatch(node: GraphNode, inputs: Inputs, position: number, emitter: Emitter): Inputs {
    const target = emitter.constantOf(inputs[position]);
    const expected = this.reference.get(node.outputs[0])?.shape;
    if (!target || target.shape[0] === 0 || expected?.[0] !== 1) return inputs;
    if (position === 3 && toNumbers(target)[0] !== 1) return inputs;
    const shape = [this.batch, ...expected.slice(1)];
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
