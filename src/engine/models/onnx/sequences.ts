import type { ValueInfo } from '../../graph/graph';
import { flag, integer } from '../../operators/attributes';
import { axisIn } from '../../operators/context';
import { int64, tensor } from '../../tensor';
import type { NodeContext } from './nodeContext';

/** A list of tensors whose length is known when the model is read. It is never a value of a graph: its elements are. */
export class Sequence {
  constructor(readonly elements: readonly ValueInfo[]) {}
}

/** An optional value that has no element. One that has is its element. */
export const NOTHING = Symbol('nothing');

/** What a name in a model may stand for while the model is specialised. */
export type Value = ValueInfo | Sequence | typeof NOTHING;

/** The inputs of a node; undefined where one is omitted. */
export type Given = readonly (Value | undefined)[];

export const isTensor = (value: Value | undefined): value is ValueInfo => value !== undefined && value !== NOTHING && !(value instanceof Sequence);

/** For messages: `a sequence`. */
export function describeValue(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  return value === NOTHING ? 'an optional value without element' : value instanceof Sequence ? 'a sequence' : 'a tensor';
}

/** A node of {@link SEQUENCES} with what it is given. Its `context` has the inputs that are tensors. */
interface SequenceNode {
  readonly context: NodeContext;
  readonly given: Given;
}

/** The operators that make, change and take apart sequences and optional values, none of which is left after reading. */
export const SEQUENCES: ReadonlyMap<string, (node: SequenceNode) => Value> = new Map<string, (node: SequenceNode) => Value>([
  ['SequenceEmpty', () => new Sequence([])],
  ['SequenceConstruct', ({ context }) => sequenceOf(context, context.inputs.map((_, index) => context.input(index)))],
  ['SequenceInsert', insert],
  ['SequenceErase', (node) => sequenceOf(node.context, sequenceIn(node).toSpliced(positionIn(node, 1, -1, -1), 1))],
  ['SequenceAt', (node) => named(node, sequenceIn(node)[positionIn(node, 1, undefined, -1)])],
  ['SequenceLength', (node) => node.context.constantResult(int64([sequenceIn(node).length], []))[0]],
  ['SplitToSequence', ({ context }) => split(context)],
  ['ConcatFromSequence', concatenate],
  ['Optional', ({ given }) => given[0] ?? NOTHING],
  ['OptionalHasElement', ({ context, given }) => context.constantResult(tensor('bool', Uint8Array.of(Number(given[0] !== undefined && given[0] !== NOTHING)), []))[0]],
  ['OptionalGetElement', (node) => named(node, element(node))],
]);

/** Those whose result is no tensor. */
const WITHOUT_TENSOR: ReadonlySet<string> = new Set(['Optional', 'SequenceConstruct', 'SequenceEmpty', 'SequenceErase', 'SequenceInsert', 'SequenceMap', 'SplitToSequence']);

/** Whether a node's result is a tensor, as far as its operator says. */
export const givesTensor = ({ op }: { readonly op: string }): boolean => !WITHOUT_TENSOR.has(op);

/** The elements of the input that must be a sequence. */
function sequenceIn({ context, given: [value] }: SequenceNode): readonly ValueInfo[] {
  if (!(value instanceof Sequence)) throw context.invalid(`input 0 must be a sequence, got ${describeValue(value)}`);
  return value.elements;
}

/** A sequence of these. Throws `unsupported-operator` where sequences become too long. */
function sequenceOf(context: NodeContext, elements: readonly ValueInfo[]): Sequence {
  context.countSequence(elements.length);
  return new Sequence(elements);
}

/** A constant position, counted from the end when negative; `last` (relative to the length) is the largest. Without an input: `fallback` (relative to the length). */
function positionIn(node: SequenceNode, index: number, fallback: number | undefined, last: number): number {
  const { context } = node;
  const { length } = sequenceIn(node);
  const given = context.numbers(index, 'the position') ?? (fallback === undefined ? [] : [length + fallback]);
  if (given.length !== 1) throw context.invalid(`the position (input ${index}) must be one number, got ${given.length}`);
  const [position] = given;
  if (!(position >= -length && position <= length + last)) throw context.invalid(`the position must lie in [${-length}, ${length + last}] for a sequence of ${length}, got ${position}`);
  return position < 0 ? position + length : position;
}

function insert(node: SequenceNode): Sequence {
  return sequenceOf(node.context, sequenceIn(node).toSpliced(positionIn(node, 2, 0, 0), 0, node.context.input(1)));
}

/** A tensor under the name of the node's output; anything else as it is. */
const named = ({ context }: SequenceNode, value: Value): Value => (isTensor(value) ? context.outputs([value])[0] : value);

function element({ context, given: [value] }: SequenceNode): Value {
  if (value === undefined || value === NOTHING) throw context.invalid(`input 0 must have an element, got ${describeValue(value)}`);
  return value;
}

/** Parts of given sizes; of one size, the last may be smaller; or single slices, with `keepdims` 0 without the axis, as PyTorch and ONNX Runtime have it also where their size, 1, is given. */
function split(context: NodeContext): Sequence {
  const { node, math } = context;
  const x = context.input(0);
  const axis = axisIn(node, integer(node, 'axis', 0), x.shape.length);
  const length = x.shape[axis];
  const given = context.numbers(1, 'the sizes of the parts');
  const isEven = given === undefined || context.input(1).shape.length === 0;
  const [size] = given ?? [1];
  if (isEven && !(size > 0)) throw context.invalid(`the size of the parts must be positive, got ${size}`);
  const count = isEven ? Math.ceil(length / size) : given.length;
  context.countSequence(count);
  context.countRound(count);
  const sizes = isEven ? Array.from({ length: count }, (_, index) => Math.min(size, length - index * size)) : given;
  if (sizes.some((part) => !(part >= 0)) || sizes.reduce((sum, part) => sum + part, 0) !== length) throw context.invalid(`the sizes of the parts must sum to ${length}, got ${sizes.join(', ')}`);
  const parts = context.parts(x, axis, sizes);
  const isSqueezed = isEven && size === 1 && !flag(node, 'keepdims', 1);
  return new Sequence(isSqueezed ? parts.map((part) => math.reshape(part, x.shape.filter((_, at) => at !== axis))) : parts);
}

function concatenate(node: SequenceNode): Value {
  const { context } = node;
  const parts = sequenceIn(node);
  if (parts.length === 0) throw context.invalid('the sequence must have at least one element, got none');
  const isNew = flag(context.node, 'new_axis');
  const axis = axisIn(context.node, integer(context.node, 'axis'), parts[0].shape.length + Number(isNew));
  return context.result('Concat', isNew ? parts.map((part) => withAxis(context, part, axis)) : parts, { axis })[0];
}

/** A tensor with one more axis, of length 1. */
export const withAxis = ({ math }: NodeContext, part: ValueInfo, axis: number): ValueInfo => math.reshape(part, part.shape.toSpliced(axis, 0, 1));
