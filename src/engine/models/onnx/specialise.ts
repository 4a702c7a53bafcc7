import { LensError } from '../../../protocol/errors';
import type { Graph, ValueInfo } from '../../graph/graph';
import { prune } from '../../graph/prune';
import { isSupported } from '../../operators/registry';
import { formatShape, toNumbers, type DataType, type Shape } from '../../tensor';
import { Emitter, type EmitHook } from './emitter';
import { LOOPS, type RunBody } from './loops';
import { NodeContext } from './nodeContext';
import { orderNodes } from './order';
import type { ParsedBody, ParsedModel, ParsedNode } from './parsedModel';
import { Refusal, refusedOutput, type Values } from './refusal';
import { describeValue, isTensor, SEQUENCES, type Given, type Value } from './sequences';
import { adviceFor } from './unsupported';
import { upgradeOf } from './upgrade';

/** Type and shape of one input that a model is specialised for. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype: DataType;
}

/** A specialised model, and the shapes of all values met on the way, the folded ones included. */
export interface Specialisation {
  readonly graph: Graph;
  readonly values: ReadonlyMap<string, ValueInfo>;
}

/**
 * The graph of a model for concrete input shapes: operators in the form of opset 17, every shape a list of numbers,
 * and what depends on constants and shapes only computed. Names of the model's values are kept. `hook` may adapt
 * nodes to another batch size than the model was exported for. Outputs after the first that need a node that cannot be
 * run, such as NonMaxSuppression of computed scores, are left out.
 *
 * Throws `unsupported-operator` naming every unknown operator that the first output needs, or the first node that
 * cannot be run and what can be attributed in its place; `shape-mismatch` or `invalid-model` naming the first node that
 * does not fit.
 */
export function specialise(model: ParsedModel, inputs: readonly InputSpec[], hook?: EmitHook): Specialisation {
  const emitter = new Emitter(reservedNames(model), hook);
  const values = new Map<string, Value | Refusal | undefined>();
  for (const [index, port] of model.inputs.entries()) values.set(port.name, emitter.input(port.name, inputs[index].dtype, inputs[index].shape));
  for (const [name, tensor] of model.initializers) values.set(name, emitter.constant(name, tensor));
  const results = emitBody(model, values, emitter);
  if (results[0] instanceof Refusal) {
    const unknown = unknownOperators(model);
    const refusal = unknown ? new Refusal(results[0].node, unknown) : results[0];
    throw refusedOutput(model, model.outputs[0], refusal, values);
  }
  if (!isTensor(results[0])) throw new LensError('invalid-model', `Output '${model.outputs[0]}': must be a tensor, got ${describeValue(results[0])}`);
  const graph = prune({
    name: model.name,
    inputs: emitter.inputs,
    // a quantised value goes on as float32 under another name, and is returned in its own type
    outputs: results.flatMap((result, index) => (result instanceof Refusal || !isTensor(result) ? [] : emitter.values.has(model.outputs[index]) ? model.outputs[index] : result.name)),
    nodes: emitter.nodes,
    constants: emitter.constants,
    values: emitter.values,
  });
  return { graph, values: emitter.values };
}

function reservedNames(model: ParsedModel): { nodes: string[]; values: string[] } {
  return {
    nodes: model.nodes.map((node) => node.name),
    values: [...model.inputs.map((input) => input.name), ...model.initializers.keys(), ...model.nodes.flatMap((node) => node.outputs)],
  };
}

/** Emits nodes in order and returns the body's outputs. Nodes that cannot be run, and what needs them, are refused. */
function emitBody(body: ParsedBody, values: Map<string, Value | Refusal | undefined>, emitter: Emitter): (Value | Refusal)[] {
  for (const node of body.nodes) {
    const results = emitOrRefuse(node, values, emitter);
    for (const [index, output] of node.outputs.entries()) if (output !== '') values.set(output, results instanceof Refusal ? results : results[index]);
  }
  return body.outputs.map((name) => lookUp(values, name));
}

function emitOrRefuse(node: ParsedNode, values: Values, emitter: Emitter): readonly Value[] | Refusal {
  const inputs: (Value | undefined)[] = [];
  for (const name of node.inputs) {
    const value = name === '' ? undefined : lookUp(values, name, node);
    if (value instanceof Refusal) return value;
    inputs.push(value);
  }
  try {
    return emitWithBodies(node, inputs, values, emitter) ?? emitSequence(node, inputs, emitter) ?? emitNode(new NodeContext(node, tensorsOf(node, inputs), emitter));
  } catch (error) {
    if (error instanceof LensError && error.code === 'unsupported-operator') return new Refusal(node, error);
    throw error;
  }
}

/** The outputs of a body. Throws when one is refused: so is the node then. */
function emitInner(body: ParsedBody, values: Map<string, Value | Refusal | undefined>, emitter: Emitter): Value[] {
  return emitBody(body, values, emitter).map((result) => {
    if (result instanceof Refusal) throw result.error;
    return result;
  });
}

/** `If`, `Loop`, `Scan` and `SequenceMap`, whose bodies take their place; undefined for other nodes. */
function emitWithBodies(node: ParsedNode, given: Given, values: Values, emitter: Emitter): Value[] | undefined {
  const unroll = LOOPS.get(node.op);
  if (node.op !== 'If' && !unroll) return undefined;
  const context = withTensors(node, given, emitter);
  const run: RunBody = (body, fed, round) => {
    emitter.countRound(`${node.op} '${node.name}'`, body.nodes.length);
    const inner = inline(body, `${node.name}/${round}/`, values, emitter);
    for (const [index, parameter] of body.parameters.entries()) inner.values.set(parameter, fed[index]);
    return emitInner(inner.body, inner.values, emitter);
  };
  return unroll ? unroll({ context, given, run }) : emitIf(node, context.inputs, values, emitter);
}

/** What makes sequences and optional values or takes from them; undefined for other nodes. */
function emitSequence(node: ParsedNode, given: Given, emitter: Emitter): Value[] | undefined {
  const [first] = given;
  if (node.op === 'Identity' && first !== undefined && !isTensor(first)) return [first];
  const result = SEQUENCES.get(node.op)?.({ context: withTensors(node, given, emitter), given });
  return result === undefined ? undefined : [result];
}

/** The node with those of its inputs that are tensors. */
const withTensors = (node: ParsedNode, given: Given, emitter: Emitter): NodeContext => new NodeContext(node, given.map((value) => (isTensor(value) ? value : undefined)), emitter);

function tensorsOf(node: ParsedNode, given: Given): (ValueInfo | undefined)[] {
  return given.map((value, index) => {
    if (value === undefined || isTensor(value)) return value;
    throw new LensError('invalid-model', `${node.op} '${node.name}': input ${index} must be a tensor, got ${describeValue(value)}`);
  });
}

const emitNode = (context: NodeContext): ValueInfo[] => upgradeOf(context.node.op)?.(context) ?? context.result(context.node.op, context.inputs, context.node.attributes);

function lookUp(values: Values, name: string, node?: ParsedNode): Value | Refusal {
  const value = values.get(name);
  if (!value) throw new LensError('invalid-model', `${node ? `${node.op} '${node.name}': its input` : 'The output'} '${name}' is not available`);
  return value;
}

/** The branch that a constant condition chooses takes the place of the `If`. */
function emitIf(node: ParsedNode, [condition]: readonly (ValueInfo | undefined)[], values: Values, emitter: Emitter): Value[] {
  const subject = `If '${node.name}'`;
  const chosen = emitter.constantOf(condition);
  if (!chosen) throw new LensError('unsupported-operator', `${subject}: its condition must not depend on the values of the model's inputs`, 'Export the model without data-dependent branches.');
  const name = toNumbers(chosen)[0] ? 'then_branch' : 'else_branch';
  const branch = Object.hasOwn(node.bodies, name) ? node.bodies[name] : undefined;
  if (!branch || branch.outputs.length < node.outputs.length) throw new LensError('invalid-model', `${subject}: ${name} must have ${node.outputs.length} output(s), it has ${branch?.outputs.length ?? 0}`);
  const inner = inline(branch, `${node.name}/`, values, emitter);
  const results = emitInner(inner.body, inner.values, emitter);
  return node.outputs.map((output, index) => {
    const result = results[index];
    if (output === '' || !isTensor(result)) return result;
    return emitter.emit('Identity', [result], {}, { name: index === 0 ? node.name : emitter.newNodeName(node.name), outputs: [output] })[0];
  });
}

/** A body under names of its own: those of two branches or rounds, or of a body and the graph around it, may coincide. */
function inline(branch: ParsedBody, prefix: string, outer: Values, emitter: Emitter): { body: ParsedBody; values: Map<string, Value | Refusal | undefined> } {
  const values = new Map(outer);
  const names = new Map<string, string>();
  for (const [name, tensor] of branch.initializers) values.set(name, emitter.newConstant(prefix + name, tensor));
  const fresh = (name: string): string => {
    if (name === '') return '';
    const renamed = emitter.newValueName(prefix + name);
    names.set(name, renamed);
    return renamed;
  };
  const current = (name: string): string => names.get(name) ?? name;
  const nodes = branch.nodes.map((node) => {
    const inputs = node.inputs.map(current);
    return { ...node, name: emitter.newNodeName(prefix + node.name), inputs, outputs: node.outputs.map(fresh), bodies: renameCaptures(node.bodies, current) };
  });
  return { body: { ...branch, nodes, outputs: branch.outputs.map(current) }, values };
}

/** The same bodies where the values they use from around them have new names. */
function renameCaptures(bodies: ParsedNode['bodies'], current: (name: string) => string): ParsedNode['bodies'] {
  return Object.fromEntries(
    Object.entries(bodies).map(([key, body]) => {
      const outside = new Set(body.captures);
      const rename = (name: string): string => (outside.has(name) ? current(name) : name);
      const nodes = body.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), bodies: renameCaptures(node.bodies, rename) }));
      return [key, { ...body, nodes, outputs: body.outputs.map(rename), captures: body.captures.map(rename) }];
    }),
  );
}

/** The error that names all operators at once that the first output needs and that are not known; undefined when there are none. */
function unknownOperators(model: ParsedModel): LensError | undefined {
  const { nodes } = orderNodes(model.nodes, model.outputs.slice(0, 1));
  // those in branches are only known when one is chosen
  const unknown = nodes.filter(({ op }) => op !== 'If' && !LOOPS.has(op) && !SEQUENCES.has(op) && !isSupported(op) && !upgradeOf(op));
  if (unknown.length === 0) return undefined;
  const shown = unknown.slice(0, 5).map((node) => `${node.op} '${node.name}'`);
  const rest = unknown.length > shown.length ? ` and ${unknown.length - shown.length} more nodes` : '';
  const [verb, count] = unknown.length === 1 ? ['is', 'operator'] : ['are', 'operators'];
  return new LensError('unsupported-operator', `Model '${model.name}': the ${count} ${shown.join(', ')}${rest} ${verb} not supported`, adviceFor(unknown.map(({ op }) => op)));
}

/** Throws `shape-mismatch` unless there is one fitting shape and type for each input of the model. */
export function requireInputs(model: ParsedModel, inputs: readonly InputSpec[]): void {
  const expected = model.inputs.length;
  if (inputs.length !== expected) throw new LensError('shape-mismatch', `Model '${model.name}': has ${expected} input(s), got ${inputs.length}`);
  for (const [index, port] of model.inputs.entries()) {
    const { shape, dtype } = inputs[index];
    const subject = `Model '${model.name}': input '${port.name}'`;
    if (dtype !== port.dtype) throw new LensError('shape-mismatch', `${subject} must be ${port.dtype}, got ${dtype}`);
    const rankFits = shape.length === port.shape.length && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
    const declared = formatShape(port.shape).replaceAll('-1', '?');
    if (!rankFits) throw new LensError('shape-mismatch', `${subject} must have shape ${declared}, got ${formatShape(shape)}`);
    const fits = shape.every((dim, axis) => port.shape[axis] === -1 || port.shape[axis] === dim || (axis === 0 && port.shape[0] === 1));
    if (!fits) throw new LensError('shape-mismatch', `${subject} must have shape ${declared}, got ${formatShape(shape)}`);
  }
}
