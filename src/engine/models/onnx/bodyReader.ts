import { LensError } from '../../../protocol/errors';
import type { Attribute } from '../../graph/graph';
import { AttributeProto_AttributeType as Type, type AttributeProto, type FunctionProto, type GraphProto, type NodeProto, type OperatorSetIdProto, type TensorProto } from '../../graph/onnx_pb';
import type { Tensor } from '../../tensor';
import { attributeType, attributeValue } from './attributes';
import { MAX_FUNCTION_DEPTH, MAX_NAME_LENGTH, MAX_NODE_PARTS } from './limits';
import { moduleOf } from './layers';
import { orderNodes } from './order';
import type { ParsedBody, ParsedNode } from './parsedModel';
import { readSparse } from './sparseTensor';
import type { TensorReader } from './tensors';

/** How names and attributes read inside a function body that is being expanded, or in the main graph. */
interface Scope {
  readonly opset: number;
  /** The name that a value of this scope has in the expanded graph. */
  rename(name: string): string;
  /** Before the names of this scope's nodes. */
  readonly prefix: string;
  /** The attributes of the function call, by name; undefined outside functions. */
  readonly attributes?: ReadonlyMap<string, AttributeProto>;
  readonly depth: number;
  /** The element types that the graph declares, by the names in the file. */
  readonly types: ReadonlyMap<string, number>;
  /** Whether what it does not define is fed to the model. */
  readonly isMain?: boolean;
}

/** The operators with graphs as attributes that can be written out. */
const BRANCHING: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);

/** Operators to whose results it matters how many bits an integer has, and the input that says it: the engine keeps uint16 in an int32. */
const BY_WIDTH: ReadonlyMap<string, number> = new Map([
  ['BitShift', 0],
  ['BitwiseNot', 0],
  ['QuantizeLinear', 2],
  ['com.microsoft.QuantizeLinear', 2],
]);

/** Reads graphs into nodes, with model-local functions expanded in place. */
export class BodyReader {
  private readonly functions = new Map<string, FunctionProto>();
  private readonly values = new Map<AttributeProto, Attribute>();
  private parts = 0;

  constructor(
    functions: readonly FunctionProto[],
    private readonly tensors: TensorReader,
  ) {
    for (const proto of functions) this.functions.set(functionKey(proto.domain, proto.name, proto.overload), proto);
  }

  /** The main graph, whose operators are of version `opset`. */
  graph(proto: GraphProto, opset: number): ParsedBody {
    return this.body(proto, { opset, rename: (name) => name, prefix: '', depth: 0, types: declaredTypes(proto), isMain: true });
  }

  private body(proto: GraphProto, scope: Scope): ParsedBody {
    const outputs = proto.output.map((output) => scope.rename(output.name));
    const { nodes, used, open } = orderNodes(this.nodes(proto.node, scope), outputs);
    const initializers = new Map<string, Tensor>();
    const produced = new Set(nodes.flatMap((node) => node.outputs));
    for (const tensor of proto.initializer) this.initializer(tensor, scope, { used, produced, initializers });
    for (const sparse of proto.sparseInitializer) {
      const name = scope.rename(sparse.values?.name ?? '');
      if (!used.has(name)) continue;
      requireNew(name, { produced, initializers });
      initializers.set(name, readSparse(sparse, `Weight '${name}'`, this.tensors));
    }
    const parameters = proto.input.map((input) => scope.rename(input.name));
    const own = new Set(scope.isMain ? [] : parameters);
    return { parameters, nodes, initializers, outputs, captures: [...open].filter((name) => !initializers.has(name) && !own.has(name)) };
  }

  private initializer(tensor: TensorProto, scope: Scope, graph: { used: ReadonlySet<string>; produced: ReadonlySet<string>; initializers: Map<string, Tensor> }): void {
    const name = scope.rename(tensor.name);
    if (!graph.used.has(name)) return;
    requireNew(name, graph);
    graph.initializers.set(name, this.tensors.read(tensor, `Weight '${name}'`));
  }

  private nodes(protos: readonly NodeProto[], scope: Scope): ParsedNode[] {
    const nodes: ParsedNode[] = [];
    for (const proto of protos) {
      const callee = this.functions.get(functionKey(proto.domain, proto.opType, proto.overload));
      if (callee) for (const node of this.expand(proto, callee, scope)) nodes.push(node);
      else nodes.push(this.node(proto, scope));
    }
    return nodes;
  }

  private node(proto: NodeProto, scope: Scope): ParsedNode {
    this.count(proto);
    const op = isDefaultDomain(proto.domain) ? proto.opType : `${proto.domain}.${proto.opType}`;
    const name = scope.prefix + (proto.name || proto.output.find((output) => output !== '') || op);
    const subject = `${op} '${name}'`;
    const attributes: [string, Attribute][] = [];
    const bodies: [string, ParsedBody][] = [];
    for (const declared of proto.attribute) {
      const attribute = resolve(declared, scope);
      if (!attribute || attributeType(attribute) === Type.TYPE_PROTO) continue; // the type of an Optional: it is that of the value
      if (attributeType(attribute) !== Type.GRAPH) attributes.push([declared.name, this.attribute(attribute, subject)]);
      else if (attribute === declared && attribute.g && BRANCHING.has(op)) bodies.push([declared.name, this.body(attribute.g, { ...scope, types: new Map([...scope.types, ...declaredTypes(attribute.g)]), isMain: false })]);
      else throw new LensError('unsupported-operator', `${subject}: this operator is not supported`, 'Export the model without it.');
    }
    return {
      name,
      module: moduleOf(proto),
      op,
      opset: scope.opset,
      inputs: proto.input.map((input) => scope.rename(input)),
      outputs: proto.output.map((output) => scope.rename(output)),
      elementType: elementTypeOf(op, proto, scope),
      attributes: Object.fromEntries(attributes),
      bodies: Object.fromEntries(bodies),
    };
  }

  private count(proto: NodeProto): void {
    this.parts += 1 + proto.input.length + proto.output.length + proto.attribute.length;
    if (this.parts > MAX_NODE_PARTS) throw new LensError('invalid-model', `The model's nodes have more than ${MAX_NODE_PARTS} inputs, outputs and attributes`);
  }

  private attribute(proto: AttributeProto, subject: string): Attribute {
    const value = this.values.get(proto) ?? attributeValue(proto, subject, this.tensors);
    this.values.set(proto, value);
    return value;
  }

  /** The nodes of a function, with its parameters replaced by those of the call. */
  private expand(call: NodeProto, callee: FunctionProto, scope: Scope): ParsedNode[] {
    const subject = `${call.opType} '${call.name}'`;
    if (scope.depth >= MAX_FUNCTION_DEPTH) throw new LensError('invalid-model', `${subject}: functions call each other more than ${MAX_FUNCTION_DEPTH} deep`);
    if (call.input.length > callee.input.length || call.output.length > callee.output.length) {
      throw new LensError('invalid-model', `${subject}: the function has ${callee.input.length} inputs and ${callee.output.length} outputs, the call ${call.input.length} and ${call.output.length}`);
    }
    this.count(call);
    const prefix = `${scope.prefix}${call.name || call.output[0] || call.opType}/`;
    if (prefix.length > MAX_NAME_LENGTH) throw new LensError('invalid-model', `${subject}: names of functions grow beyond ${MAX_NAME_LENGTH} characters`);
    const names = new Map<string, string>();
    for (const [index, parameter] of callee.input.entries()) names.set(parameter, scope.rename(call.input[index] ?? ''));
    const passedOn: ParsedNode[] = [];
    for (const [index, result] of callee.output.entries()) {
      const output = scope.rename(call.output[index] ?? '');
      if (output === '') continue;
      const argument = names.get(result);
      if (argument === undefined) names.set(result, output);
      else passedOn.push({ name: `${prefix}Identity`, op: 'Identity', opset: scope.opset, inputs: [argument], outputs: [output], attributes: {}, bodies: {} });
    }
    const inner: Scope = {
      opset: callee.opsetImport.length > 0 ? defaultOpset(callee.opsetImport) : scope.opset,
      rename: (name) => (name === '' ? '' : (names.get(name) ?? prefix + name)),
      prefix,
      attributes: callAttributes(call, callee, scope),
      depth: scope.depth + 1,
      types: new Map(),
    };
    return [...this.nodes(callee.node, inner), ...passedOn];
  }
}

function requireNew(name: string, { produced, initializers }: { produced: ReadonlySet<string>; initializers: ReadonlyMap<string, Tensor> }): void {
  if (initializers.has(name)) throw new LensError('invalid-model', `The weight '${name}' is defined twice`);
  if (produced.has(name)) throw new LensError('invalid-model', `The value '${name}' is defined twice: by a weight and by a node`);
}

/** The version of ONNX's own operators that is imported; 0 when none is. */
export function defaultOpset(imports: readonly OperatorSetIdProto[]): number {
  return Number(imports.find(({ domain }) => isDefaultDomain(domain))?.version ?? 0n);
}

/** Of the input that matters, or of the first output, which has the same. */
function elementTypeOf(op: string, { input, output }: NodeProto, { types }: Scope): number | undefined {
  const position = BY_WIDTH.get(op);
  return position === undefined ? undefined : (types.get(input[position]) ?? types.get(output[0]));
}

/** The element types of a graph's inputs, weights, constants, outputs and what it says of others. */
function declaredTypes({ input, valueInfo, output, initializer, node }: GraphProto): Map<string, number> {
  const types = new Map<string, number>();
  for (const { name, type } of [...input, ...valueInfo, ...output]) if (type?.value.case === 'tensorType') types.set(name, type.value.value.elemType);
  for (const { name, dataType } of initializer) types.set(name, dataType);
  for (const { opType, output: names, attribute } of node) if (opType === 'Constant' && attribute[0]?.t) types.set(names[0], attribute[0].t.dataType);
  return types;
}

const isDefaultDomain = (domain: string): boolean => domain === '' || domain === 'ai.onnx';
const functionKey = (domain: string, name: string, overload: string): string => JSON.stringify([isDefaultDomain(domain) ? '' : domain, name, overload]);

/** An attribute that refers to one of the function call is replaced by that; undefined when the call leaves it out. */
function resolve(attribute: AttributeProto, scope: Scope): AttributeProto | undefined {
  return attribute.refAttrName === '' ? attribute : scope.attributes?.get(attribute.refAttrName);
}

function callAttributes(call: NodeProto, callee: FunctionProto, scope: Scope): Map<string, AttributeProto> {
  const attributes = new Map(callee.attributeProto.map((attribute) => [attribute.name, attribute]));
  for (const declared of call.attribute) {
    const attribute = resolve(declared, scope);
    if (attribute) attributes.set(declared.name, attribute);
  }
  return attributes;
}
