import { LensError } from '../../protocol/errors';
import type { Graph, GraphNode, ValueInfo } from '../graph/graph';
import { algebra } from '../operators/algebra';
import type { Derivative, DerivativeContext, Rules } from '../operators/operator';
import { operatorOf } from '../operators/registry';
import { plainDerivative } from './plainDerivative';

/** How relevance passes one layer, by Captum's names. */
export type PropagationRule =
  /** Adds epsilon (default 1e-9) to the denominator, with the sign of the denominator. */
  | { rule: 'EpsilonRule'; epsilon?: number }
  /** Weights w + gamma * max(w, 0), gamma 0.25 by default: favours what speaks for the target. */
  | { rule: 'GammaRule'; gamma?: number; setBiasToZero?: boolean }
  /** Weights max(w, 0): only what speaks for the target. */
  | { rule: 'Alpha1_Beta0_Rule'; setBiasToZero?: boolean }
  /** Relevance passes unchanged. */
  | { rule: 'IdentityRule' };

/** The denominator's stabiliser where a rule does not set its own. */
const STABILITY_FACTOR = 1e-9;

/** Layers that split relevance by contribution, and layers that it passes unchanged. */
const DEFAULT_RULES: ReadonlyMap<string, PropagationRule> = new Map<string, PropagationRule>([
  ...['Add', 'AveragePool', 'BatchNormalization', 'Conv', 'Div', 'Gemm', 'GlobalAveragePool', 'MatMul', 'MaxPool', 'Mul', 'ReduceMean', 'ReduceSum', 'Sub', 'Sum'].map((type) => [type, { rule: 'EpsilonRule' }] as const),
  ...['Dropout', 'Identity', 'Relu', 'Tanh'].map((type) => [type, { rule: 'IdentityRule' }] as const),
]);
/** Operators that only move numbers: relevance moves with them. */
const MOVING: ReadonlySet<string> = new Set(['Concat', 'Expand', 'Flatten', 'Gather', 'Pad', 'Reshape', 'Slice', 'Split', 'Squeeze', 'Transpose', 'Unsqueeze']);

const PRODUCTS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'Mul']);

const NEXT_STEP = 'Set a rule for this layer, or use DeepLift.';

/** Of a graph, what LRP does with functions that are called. */
interface Calls {
  /** Those without a rule: where there are any, all pass relevance by their gradient. */
  readonly withoutRule: readonly GraphNode[];
  /** Values that also enter a module which splits relevance by contribution. */
  readonly shared: ReadonlySet<string>;
}

/** Tells which rule a layer has, and which nodes are functions that are called, not modules. */
export interface LrpRulesOptions {
  readonly ruleOf?: (node: GraphNode) => PropagationRule | undefined;
  readonly isCall?: (node: GraphNode) => boolean;
}

/**
 * Layer-wise relevance propagation (Bach et al., 2015; Montavon et al., "Layer-Wise Relevance Propagation: An
 * Overview", 2019) as derivatives, where a gradient is a relevance:
 * `R_in = a * dz/da^T (R_out / (z + epsilon * sign(z)))`, sign(0) = 1, with z from the layer's edited weights.
 * Products of two values that are computed, as in attention and gates, have no rule by default; with a rule of the layer
 * each factor gets half (Achtibat et al., "AttnLRP", ICML 2024), so that relevance is kept.
 *
 * Captum has rules for modules only, and functions that are called keep their derivative. Here they have the rule of their
 * operator, unless one of them has none: then all keep their derivative as in Captum, times the value where it also enters
 * a module, and relevance is not kept.
 */
export function lrpRules(options: LrpRulesOptions = {}): Rules {
  const known = new WeakMap<Graph, Calls>();
  return (node, graph) => {
    const calls = known.get(graph) ?? callsOf(graph, options);
    known.set(graph, calls);
    if (calls.withoutRule.length > 0 && options.isCall?.(node) && !options.ruleOf?.(node)) return called(calls);
    if (MOVING.has(node.op)) return undefined;
    const rule = options.ruleOf?.(node) ?? defaultRule(node, graph);
    if (!rule) throw new LensError('unsupported-operator', `${node.op} '${node.name}': LRP has no default rule for ${isLinear(node, graph) ? 'this operator' : 'two values of which none is constant'}`, NEXT_STEP);
    return (context) => propagate(context, rule, isProduct(node, graph) ? 0.5 : 1);
  };
}

/** The functions that a graph calls and that LRP has no rule for. */
export const callsWithoutRule = (graph: Graph, options: LrpRulesOptions): readonly GraphNode[] => callsOf(graph, options).withoutRule;

function callsOf(graph: Graph, { ruleOf, isCall }: LrpRulesOptions): Calls {
  if (!isCall) return { withoutRule: [], shared: new Set() };
  const differentiates = (node: GraphNode): boolean => ![undefined, 'zero'].includes(operatorOf(node).derivative as 'zero' | undefined);
  const withoutRule = graph.nodes.filter((node) => isCall(node) && !MOVING.has(node.op) && !ruleOf?.(node) && !defaultRule(node, graph) && differentiates(node));
  const splitting = graph.nodes.filter((node) => !isCall(node) && !MOVING.has(node.op) && !['IdentityRule', undefined].includes((ruleOf?.(node) ?? defaultRule(node, graph))?.rule));
  return { withoutRule, shared: new Set(splitting.flatMap(({ inputs }) => inputs.filter((name) => !graph.constants.has(name)))) };
}

/** Multiplies what passes back to a value that also enters a module: Captum does it once for all that reaches the value. */
const called = ({ shared }: Calls): Derivative => (context) =>
  plainDerivative(context).map((gradient, index) => {
    const value = context.inputs[index];
    return gradient && value && shared.has(value.name) ? algebra(context.builder).mul(value, gradient) : gradient;
  });

const dependent = ({ inputs }: GraphNode, { constants }: Graph): boolean[] => inputs.map((name) => !constants.has(name));

function isProduct(node: GraphNode, graph: Graph): boolean {
  const [first, second] = dependent(node, graph);
  return PRODUCTS.has(node.op) && first && second;
}

const isLinear = (node: GraphNode, graph: Graph): boolean => !isProduct(node, graph) && !(node.op === 'Div' && dependent(node, graph)[1]);

const defaultRule = (node: GraphNode, graph: Graph): PropagationRule | undefined => (isLinear(node, graph) ? DEFAULT_RULES.get(node.op) : undefined);

/** @param part What of the relevance each input gets. */
function propagate(context: DerivativeContext, rule: PropagationRule, part: number): (ValueInfo | undefined)[] {
  const [relevance] = context.gradients;
  if (!relevance) return [];
  if (rule.rule === 'IdentityRule') return context.inputs.map((_, index) => (index === 0 ? relevance : undefined));
  const layer = edited(context, rule);
  const { mul, div, add, where, less } = algebra(context.builder);
  const [z] = layer.outputs;
  if (!z) return [];
  const stabiliser = (rule.rule === 'EpsilonRule' ? rule.epsilon : undefined) ?? STABILITY_FACTOR;
  const share = div(part === 1 ? relevance : mul(relevance, part), add(z, where(less(z, 0), -stabiliser, stabiliser)));
  const pulled = plainDerivative({ ...layer, gradients: [share] });
  return pulled.map((value, index) => {
    const activation = context.inputs[index];
    return value && activation && mul(activation, value);
  });
}

/** The layer with the weights (input 1) and the bias (input 2) that the rule asks for, run on the same activations. */
function edited(context: DerivativeContext, rule: PropagationRule): DerivativeContext {
  const { builder, node, inputs } = context;
  const [, weights, bias] = inputs;
  if (rule.rule === 'EpsilonRule' || rule.rule === 'IdentityRule' || weights?.dtype !== 'float32' || !context.constant(1)) return context;
  const { add, mul, where, greater } = algebra(builder);
  const positive = where(greater(weights, 0), weights, 0);
  const changed = rule.rule === 'GammaRule' ? add(weights, mul(positive, rule.gamma ?? 0.25)) : positive;
  const kept = bias && rule.setBiasToZero ? mul(bias, 0) : bias;
  const editedInputs = inputs.map((value, index) => (index === 1 ? changed : index === 2 ? kept : value));
  const outputs = [builder.op(node.op, editedInputs, node.attributes, { name: `${node.name}/${rule.rule}` })];
  return { ...context, inputs: editedInputs, outputs, constant: (index) => builder.constantOf(editedInputs[index]) };
}
