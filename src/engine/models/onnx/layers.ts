import type { NodeProto } from '../../graph/onnx_pb';
import type { ParsedNode } from './parsedModel';
import { givesTensor } from './sequences';
import { UniqueNames } from './uniqueNames';

/** A part of the model that users know by name: a module of the source framework, or a single node. */
export interface Layer {
  /** The module path (`layer1.0.conv1`), or the node's name. */
  readonly name: string;
  /** The ONNX operator type; of a module of several nodes their types (`MatMul + Add`) or count (`27 nodes`). */
  readonly op: string;
  /** The value that the layer computes. */
  readonly output: string;
  /** The values that it computes it from, weights left out. */
  readonly inputs: readonly string[];
  /** A module of the source framework; absent for a mere node. */
  readonly isModule?: boolean;
  /** A function that the model, or a module with other modules in it, calls; absent where that is not known. */
  readonly isCall?: boolean;
}

/** Names with more parts than this are taken as they are. */
const MAX_PATH_PARTS = 64;

/** Where a node stands in the module tree. */
interface Place {
  readonly path: string;
  readonly separator: '.' | '/';
  /** Whether torch's exporter recorded the path: one without modules in it is then that of a module. */
  readonly isScoped: boolean;
  /** The node's own name with the module's before it. */
  readonly full: string;
}

/** The module path that PyTorch's newer exporter records in a node's metadata; undefined when there is none. */
export function moduleOf(proto: NodeProto): string | undefined {
  const scopes = proto.metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
  if (scopes === undefined) return undefined;
  return [...scopes.matchAll(/'([^']*)'/g)].at(-2)?.[1] ?? '';
}

/** The nodes under names that users know: the module path where a module is one node, made unique. */
export function nameNodes(nodes: readonly ParsedNode[], weights: ReadonlySet<string>, inputs: readonly string[]): { nodes: ParsedNode[]; places: ReadonlyMap<ParsedNode, Place> } {
  const data = new Set(dataNodes(nodes, inputs));
  const found = nodes.map((node) => placeOf(node, weights));
  const members = new Map<string, number>();
  for (const [index, place] of found.entries()) {
    if (data.has(nodes[index])) for (const path of ancestors(place)) members.set(path, (members.get(path) ?? 0) + 1);
  }
  const names = new UniqueNames();
  const places = new Map<ParsedNode, Place>();
  const named = nodes.map((node, index) => {
    const place = found[index];
    const alone = place.path !== '' && members.get(place.path) === 1 && data.has(node);
    const name = names.make(alone ? place.path : place.full);
    const renamed = { ...node, name };
    places.set(renamed, place);
    return renamed;
  });
  return { nodes: named, places };
}

/**
 * The layers of a model in order: its modules, as far as one value leaves each, and its single nodes. What only
 * computes shapes or does not depend on the inputs is left out.
 */
export function layersOf(nodes: readonly ParsedNode[], places: ReadonlyMap<ParsedNode, Place>, inputs: readonly string[], outputs: readonly string[]): Layer[] {
  const data = dataNodes(nodes, inputs);
  const modules = new Map<string, ParsedNode[]>();
  for (const node of data) {
    const place = places.get(node);
    for (const path of place ? ancestors(place) : []) append(modules, path, node);
  }
  const consumers = consumersOf(nodes);
  const returned = new Set(outputs);
  const position = new Map(nodes.map((node, index) => [node.name, index]));
  const made = new Set([...inputs, ...data.flatMap((node) => node.outputs)]);
  const found: (Layer & { order: number; size: number })[] = [];
  for (const [path, members] of modules) {
    const leaving = leavingValues(members, consumers, returned);
    if (leaving.length !== 1) continue;
    const order = position.get(leaving[0].node.name) ?? 0;
    found.push({ name: path, op: describe(members), output: leaving[0].value, inputs: enteringValues(members, made), isModule: true, order, size: members.length });
  }
  const named = new Set(found.map((layer) => layer.name));
  const parents = new Set([...places.values()].flatMap((place) => ['', ...ancestors(place).slice(1)]));
  for (const node of data) {
    if (named.has(node.name) || !givesTensor(node)) continue;
    const place = places.get(node);
    found.push({ name: node.name, op: node.op, output: node.outputs.find((output) => output !== '') ?? '', inputs: enteringValues([node], made), isCall: place?.isScoped && parents.has(place.path), order: position.get(node.name) ?? 0, size: 1 });
  }
  found.sort((left, right) => left.order - right.order || left.size - right.size);
  return found.map(({ name, op, output, inputs: entering, isModule, isCall }) => ({ name, op, output, inputs: entering, ...(isModule && { isModule }), ...(isCall && { isCall }) }));
}

function placeOf(node: ParsedNode, weights: ReadonlySet<string>): Place {
  if (node.module !== undefined) return { path: node.module, separator: '.', isScoped: true, full: join(node.module, '.', node.name) };
  const parts = node.name.split('/', MAX_PATH_PARTS + 1);
  if (parts.length > 1 && parts.length <= MAX_PATH_PARTS) {
    const local = parts.at(-1) || node.op;
    const separator = parts[0] === '' ? '.' : '/';
    const path = separator === '.' ? torchPath(parts.slice(1, -1)) : parts.slice(0, -1).join('/');
    return { path, separator, isScoped: separator === '.', full: join(path, separator, local) };
  }
  const weight = node.inputs.find((input) => weights.has(input) && /^[^/:]+\.(weight|bias)$/.test(input));
  return { path: weight?.replace(/\.(weight|bias)$/, '') ?? '', separator: '.', isScoped: false, full: node.name };
}

const join = (path: string, separator: string, local: string): string => (path === '' ? local : path + separator + local);

/** PyTorch writes `/layer1/layer1.0/conv1/Conv` for the module `layer1.0.conv1`. */
function torchPath(scopes: readonly string[]): string {
  const path: string[] = [];
  for (const scope of scopes) {
    const last = path.at(-1);
    if (last !== undefined && scope.startsWith(`${last}.`)) path.pop();
    path.push(scope);
  }
  return path.join('.');
}

/** `a.b.c`, `a.b`, `a` for a node of the module `a.b.c`. */
function ancestors({ path, separator }: Place): string[] {
  if (path === '') return [];
  const parts = path.split(separator, MAX_PATH_PARTS);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join(separator));
}

/** The nodes that the inputs' data, not merely their shapes, flow through. */
function dataNodes(nodes: readonly ParsedNode[], inputs: readonly string[]): ParsedNode[] {
  const reached = new Set(inputs);
  return nodes.filter((node) => {
    if (node.op === 'Shape' || node.op === 'Size' || !node.inputs.some((input) => reached.has(input))) return false;
    for (const output of node.outputs) if (output !== '') reached.add(output);
    return true;
  });
}

function consumersOf(nodes: readonly ParsedNode[]): Map<string, ParsedNode[]> {
  const consumers = new Map<string, ParsedNode[]>();
  for (const node of nodes) {
    for (const input of [...node.inputs, ...Object.values(node.bodies).flatMap((body) => body.captures)]) {
      if (node.op !== 'Shape') append(consumers, input, node);
    }
  }
  return consumers;
}

function append(lists: Map<string, ParsedNode[]>, key: string, node: ParsedNode): void {
  const list = lists.get(key);
  if (list) list.push(node);
  else lists.set(key, [node]);
}

/** The values made by these nodes that others, or the model's user, see. */
function leavingValues(members: readonly ParsedNode[], consumers: ReadonlyMap<string, readonly ParsedNode[]>, outputs: ReadonlySet<string>): { node: ParsedNode; value: string }[] {
  const inside = new Set(members);
  return members.flatMap((node) =>
    node.outputs
      .filter((value) => value !== '' && (outputs.has(value) || (consumers.get(value) ?? []).some((consumer) => !inside.has(consumer))))
      .map((value) => ({ node, value })),
  );
}

/** The values among `made` that these nodes use and do not make. */
function enteringValues(members: readonly ParsedNode[], made: ReadonlySet<string>): string[] {
  const own = new Set(members.flatMap((node) => node.outputs));
  return [...new Set(members.filter((node) => node.op !== 'Shape').flatMap((node) => node.inputs))].filter((value) => value !== '' && made.has(value) && !own.has(value));
}

function describe(members: readonly ParsedNode[]): string {
  return members.length <= 3 ? members.map((node) => node.op).join(' + ') : `${members.length} nodes`;
}
