import { LensError } from '../../../protocol/errors';
import type { ValueInfo } from '../../graph/graph';
import { integer, integers } from '../../operators/attributes';
import { int64, tensor, toNumbers } from '../../tensor';
import type { NodeContext } from './nodeContext';
import type { ParsedBody } from './parsedModel';
import { describeValue, isTensor, Sequence, withAxis, type Given, type Value } from './sequences';

/** Emits the body for one round, fed with values in the order of its parameters, and returns its outputs. */
export type RunBody = (body: ParsedBody, given: readonly Value[], round: number) => Value[];

/** A node that repeats a body. Its `context` has the inputs that are tensors, `given` also sequences and optional values. */
interface Repeating {
  readonly context: NodeContext;
  readonly given: Given;
  readonly run: RunBody;
}

/** How the operators that repeat a body are written out, one copy of the body for each round. */
export const LOOPS: ReadonlyMap<string, (node: Repeating) => Value[]> = new Map([
  ['Loop', unrollLoop],
  ['Scan', unrollScan],
  ['SequenceMap', unrollSequenceMap],
]);

/** Repeats the body a constant number of times, or until a condition that does not depend on the model's inputs fails. */
function unrollLoop({ context, given, run }: Repeating): Value[] {
  const body = bodyOf(context);
  const [rounds, condition] = context.inputs;
  const limit = rounds ? numberOf(context, rounds, 'the number of its rounds') : Infinity;
  let state = given.slice(2).map((value, index) => value ?? context.input(index + 2));
  let goesOn: Value = condition ?? context.constantOfTensor(tensor('bool', Uint8Array.of(1), []));
  if (body.parameters.length !== state.length + 2 || body.outputs.length < state.length + 1) {
    throw context.invalid(`its body must have ${state.length + 2} inputs and at least ${state.length + 1} outputs, got ${body.parameters.length} and ${body.outputs.length}`);
  }
  const collected: ValueInfo[][] = body.outputs.slice(state.length + 1).map(() => []);
  for (let round = 0; round < limit && numberOf(context, goesOn, 'its condition') !== 0; round++) {
    const [next, ...results] = run(body, [context.constantOfTensor(int64([round], [])), goesOn, ...state], round);
    goesOn = next;
    for (const [index, part] of results.slice(state.length).entries()) collected[index].push(tensorOf(context, part));
    state = results.slice(0, state.length);
  }
  return named(context, [...state, ...collected.map((parts, index) => stacked(context, parts, state.length + index, 0))]);
}

/** Feeds the body with the elements of its scanned inputs along their axes, one after the other. */
function unrollScan({ context, run }: Repeating): Value[] {
  const { node } = context;
  if (node.opset < 9) throw context.invalid('Scan of opset 8 is not supported', 'Export the model with opset 9 or later.');
  const body = bodyOf(context);
  const scanned = integer(node, 'num_scan_inputs');
  const states = context.inputs.length - scanned;
  if (scanned < 1 || states < 0 || body.parameters.length !== context.inputs.length || body.outputs.length < states) {
    throw context.invalid(`its body must have ${context.inputs.length} inputs and at least ${states} outputs, got ${body.parameters.length} and ${body.outputs.length}`);
  }
  const list = (name: string, index: number): number => integers(node, name)?.[index] ?? 0;
  const sequences = Array.from({ length: scanned }, (_, index) => {
    const value = context.input(states + index);
    const given = list('scan_input_axes', index);
    const axis = given < 0 ? given + value.shape.length : given;
    const count = value.shape[axis];
    if (!(count > 0)) throw context.invalid(`its input ${states + index} must have elements along axis ${given}, got shape ${value.shape.join(', ')}`);
    const rest = value.shape.filter((_, at) => at !== axis);
    const elements = context.parts(value, axis, count).map((part) => context.math.reshape(part, rest));
    return list('scan_input_directions', index) === 1 ? elements.reverse() : elements;
  });
  const [{ length }] = sequences;
  if (sequences.some((sequence) => sequence.length !== length)) throw context.invalid(`its scanned inputs must have one length, got ${sequences.map((sequence) => sequence.length).join(', ')}`);
  let state = Array.from({ length: states }, (_, index) => context.input(index));
  const collected: ValueInfo[][] = body.outputs.slice(states).map(() => []);
  for (let round = 0; round < length; round++) {
    const results = run(body, [...state, ...sequences.map((sequence) => sequence[round])], round);
    for (const [index, part] of results.slice(states).entries()) collected[index].push(tensorOf(context, part));
    state = results.slice(0, states).map((value) => tensorOf(context, value));
  }
  return context.outputs([
    ...state,
    ...collected.map((parts, index) => stacked(context, list('scan_output_directions', index) === 1 ? parts.reverse() : parts, states + index, list('scan_output_axes', index))),
  ]);
}

/** Runs the body on the elements of a sequence, beside those of further sequences and whole tensors; its results are sequences. */
function unrollSequenceMap({ context, given, run }: Repeating): Value[] {
  const body = bodyOf(context);
  const [first] = given;
  if (!(first instanceof Sequence)) throw context.invalid(`input 0 must be a sequence, got ${describeValue(first)}`);
  const { length } = first.elements;
  if (body.parameters.length !== given.length || body.outputs.length < context.node.outputs.length) throw context.invalid(`its body must have ${given.length} inputs and at least ${context.node.outputs.length} outputs, got ${body.parameters.length} and ${body.outputs.length}`);
  const results = Array.from({ length }, (_, round) => {
    const fed = given.map((value, index) => {
      if (!(value instanceof Sequence)) return context.input(index);
      if (value.elements.length !== length) throw context.invalid(`its sequences must have one length, got ${length} and ${value.elements.length}`);
      return value.elements[round];
    });
    return run(body, fed, round).map((result) => tensorOf(context, result));
  });
  return body.outputs.map((_, output) => new Sequence(results.map((round) => round[output])));
}

/** Gives the tensors among the node's results the names that the model has for them. */
function named(context: NodeContext, values: readonly Value[]): Value[] {
  if (context.node.outputs.length > values.length) throw context.invalid(`has ${values.length} output(s), the model names ${context.node.outputs.length}`);
  return values.map((value, index) => (isTensor(value) && context.node.outputs[index] ? context.named(index, 'Identity', [value]) : value));
}

/** The values of all rounds along a new axis. */
function stacked(context: NodeContext, parts: readonly ValueInfo[], output: number, axis: number): ValueInfo {
  const [first] = parts;
  if (!first) throw context.invalid(`output ${output} has no value: the body is never run`);
  const at = axis < 0 ? axis + first.shape.length + 1 : axis;
  if (!(at >= 0 && at <= first.shape.length)) throw context.invalid(`the axis of output ${output} must be within ${first.shape.length + 1} axes, got ${axis}`);
  return context.math.concat(parts.map((part) => withAxis(context, part, at)), at);
}

function bodyOf(context: NodeContext): ParsedBody {
  const { bodies } = context.node;
  if (!Object.hasOwn(bodies, 'body')) throw context.invalid('has no body');
  return bodies.body;
}

function tensorOf(context: NodeContext, value: Value): ValueInfo {
  if (!isTensor(value)) throw context.invalid(`its body must return a tensor where values are collected, got ${describeValue(value)}`);
  return value;
}

/** What a loop must know before the model runs. */
function numberOf(context: NodeContext, value: Value, what: string): number {
  const constant = isTensor(value) ? context.valueOf(value) : undefined;
  if (constant && constant.dtype !== 'string' && constant.data.length === 1) return toNumbers(constant)[0];
  const { op, name } = context.node;
  throw new LensError('unsupported-operator', `${op} '${name}': ${what} must not depend on the values of the model's inputs`, 'Export the model without data-dependent loops.');
}
