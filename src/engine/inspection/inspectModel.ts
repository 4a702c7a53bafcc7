import { toErrorPayload } from '../../protocol/errors';
import type { GradientCoverage, LayerDescription, MemoryEstimate, ModelInspection, OperatorCount, PortDescription } from '../../protocol/engine';
import { differentiate } from '../graph/differentiate';
import type { Graph, GraphNode } from '../graph/graph';
import { simplify } from '../graph/simplify';
import type { Model, ModelPort } from '../models/model';
import { RefusedOutput } from '../models/onnx/refusal';
import type { Rules } from '../operators/operator';
import { operatorOf } from '../operators/registry';
import { exceptParts } from '../rules/exceptParts';
import { deepLiftRules } from '../rules/deepLift';
import { lrpRules } from '../rules/lrp';
import { peakBytes } from '../runtime/footprint';
import { sizeOf } from '../tensor';

const FORMATS: Readonly<Record<Model['format'], string>> = { onnx: 'ONNX', keras: 'Keras', 'tfjs-layers': 'TensorFlow.js LayersModel', 'tfjs-graph': 'TensorFlow.js GraphModel', function: 'function' };

/** Lengths that free axes are tried with: of images, of sequences, and what fits most. */
const ASSUMED_LENGTHS = { image: [224, 32, 1], other: [32, 1, 224] };

/**
 * What a model holds and what can be attributed in it: ports, layers, operators with their derivatives and rules, the
 * inputs that gradients reach, parameters and memory for one example. Where the first output cannot be attributed, as that
 * of NonMaxSuppression, it is about the layer before it that can. The graph is built, not run. A model whose graph
 * cannot be built is described as far as it can be, with the `problem`.
 */
export async function inspectModel(model: Model): Promise<ModelInspection> {
  const described: Pick<ModelInspection, 'name' | 'format' | 'notes' | 'inputs' | 'outputs'> = { name: model.name, format: FORMATS[model.format], notes: [...(model.origin === undefined ? [] : [model.origin]), ...(model.notes ?? [])], inputs: model.inputs.map(portOf), outputs: model.outputs.map(portOf) };
  const none = { parameters: 0, shapes: [], layers: [], operators: [], gradient: { inputs: [] }, memory: { weights: 0, forwardPerExample: 0 } };
  try {
    const { graph, instead } = await attributable(model);
    const weights = [...graph.constants.values()];
    return {
      ...described,
      outputs: await Promise.all(model.outputs.map(async (port) => ({ ...portOf(port), ...(await problemOf(model, graph, port.name)) }))),
      ...(instead === undefined ? {} : { instead }),
      parameters: weights.reduce((total, { dtype, shape }) => total + (dtype === 'float32' && shape.length > 0 ? sizeOf(shape) : 0), 0),
      shapes: graph.inputs.map(({ shape }) => [...shape]),
      layers: layersOf(model, graph),
      operators: countOperators(graph, exceptParts(deepLiftRules(), model)),
      ...coverage(graph),
    };
  } catch (error) {
    const { code, message, nextStep } = toErrorPayload(error);
    return { ...described, ...none, problem: { code, message, ...(nextStep === undefined ? {} : { nextStep }) } };
  }
}

const portOf = ({ name, dtype, shape }: ModelPort): PortDescription => ({ name, dtype, shape: [...shape] });

/** The graph of one example up to the first output, or up to the layer that can be attributed in its place. */
async function attributable(model: Model): Promise<{ graph: Graph; instead?: string }> {
  try {
    return { graph: await graphOfOne(model) };
  } catch (error) {
    if (!(error instanceof RefusedOutput) || error.instead === undefined || !model.endingAt) throw error;
    return { graph: await graphOfOne(model.endingAt(error.instead)), instead: error.instead };
  }
}

/** Why an output that the graph leaves out cannot be attributed. */
async function problemOf(model: Model, graph: Graph, output: string): Promise<Pick<PortDescription, 'problem'>> {
  if (!model.endingAt || graph.outputs.includes(output)) return {};
  try {
    await graphOfOne(model.endingAt(output));
    return {};
  } catch (error) {
    return { problem: sentences(error) };
  }
}

/** The graph of one example; free axes get the first length with which it can be built. */
async function graphOfOne(model: Model): Promise<Graph> {
  const isFree = model.inputs.some(({ shape }) => shape.slice(1).includes(-1));
  const lengths = model.inputs.some(({ shape }) => shape.length === 4) ? ASSUMED_LENGTHS.image : ASSUMED_LENGTHS.other;
  let failure: unknown;
  for (const length of isFree ? lengths : [1]) {
    try {
      return await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim, axis) => (dim !== -1 ? dim : axis === 0 ? 1 : length)) })));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** The model's layers, or where it knows none the values of its nodes, with what one example gives. */
function layersOf(model: Model, graph: Graph): LayerDescription[] {
  const shapeOf = (value: string): number[] | undefined => graph.values.get(value)?.shape.slice();
  const layers = model.layers?.map(({ name, op, output }) => ({ name, op, shape: shapeOf(output) }));
  return (layers ?? graph.nodes.map(({ op, outputs }) => ({ name: outputs[0], op, shape: shapeOf(outputs[0]) }))).flatMap(({ name, op, shape }) => (shape ? [{ name, op, shape }] : []));
}

function countOperators(graph: Graph, deepLift: Rules): OperatorCount[] {
  const byType = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    const list = byType.get(node.op);
    if (list) list.push(node);
    else byType.set(node.op, [node]);
  }
  const lrp = lrpRules();
  return [...byType]
    .map(([type, nodes]): OperatorCount => {
      const { derivative } = operatorOf(nodes[0]);
      const has = derivative === 'zero' ? 'zero' : derivative ? 'yes' : 'no';
      return { type, count: nodes.length, derivative: has, deepLift: nodes.some((node) => deepLift(node, graph)) ? 'rule' : derivative ? 'gradient' : 'no', lrp: hasRule(lrp, nodes[0], graph) };
    })
    .sort((left, right) => right.count - left.count || (left.type < right.type ? -1 : 1));
}

function hasRule(rules: Rules, node: GraphNode, graph: Graph): boolean {
  try {
    return rules(node, graph) !== undefined || operatorOf(node).derivative !== undefined;
  } catch {
    return false;
  }
}

/** Which inputs have gradients and relevance, and what one example takes. */
function coverage(graph: Graph): { gradient: GradientCoverage; memory: MemoryEstimate } {
  const simple = simplify(graph);
  const weights = [...simple.constants.values()].reduce((total, { data }) => total + (Array.isArray(data) ? 0 : data.byteLength), 0);
  const output = graph.outputs.find((name) => graph.values.get(name)?.dtype === 'float32');
  const memory = { weights, forwardPerExample: peakBytes(simple) };
  if (output === undefined) return { gradient: { inputs: graph.inputs.map(({ name }) => ({ name, differentiable: false, reason: 'The model has no float32 output.' })) }, memory };
  const tried = graph.inputs.map(({ name }) => ({ name, ...attempt(simple, output, name) }));
  const first = tried.find(({ backward }) => backward);
  const problemOf = (rules: Rules): string | undefined => (first ? attempt(simple, output, first.name, rules).reason : 'No input is differentiable.');
  const [lrp, deepLift] = [problemOf(lrpRules()), first ? problemOf(withoutPairs(deepLiftRules())) : 'No input is differentiable.'];
  return {
    gradient: {
      output,
      inputs: tried.map(({ name, reason }) => ({ name, differentiable: reason === undefined, ...(reason === undefined ? {} : { reason }) })),
      ...(lrp === undefined ? {} : { lrp }),
      ...(deepLift === undefined ? {} : { deepLift }),
    },
    memory: { ...memory, ...(first?.backward ? { gradientPerExample: peakBytes(simplify(first.backward)) } : {}) },
  };
}

/** DeepLift's rules need inputs and references in one batch; whether there is a rule does not. */
const withoutPairs =
  (rules: Rules): Rules =>
  (node, graph) => {
    rules(node, graph);
    return undefined;
  };

function attempt(graph: Graph, of: string, input: string, rules?: Rules): { backward?: Graph; reason?: string } {
  try {
    return { backward: differentiate(graph, { of, wrt: [input], rules }) };
  } catch (error) {
    return { reason: sentences(error) };
  }
}

function sentences(error: unknown): string {
  const { message, nextStep } = toErrorPayload(error);
  return nextStep === undefined ? message : `${message}. ${nextStep}`;
}
