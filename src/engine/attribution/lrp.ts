import { LensError } from '../../protocol/errors';
import type { Graph, GraphNode } from '../graph/graph';
import { prune } from '../graph/prune';
import type { Model } from '../models/model';
import type { ModelSource } from '../models/modelOf';
import type { Rules } from '../operators/operator';
import { callsWithoutRule, lrpRules, type LrpRulesOptions, type PropagationRule } from '../rules/lrp';
import { sizeOf, type Tensor } from '../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type Task } from './attribution';
import { gradientsOf } from './inputGradients';
import { warn } from './job';
import type { LayerNames } from './place';
import type { AttributedTo } from './results';
import { sumOfExample } from './rows';
import type { Derivation } from './modelFunction';

/** Stands for {@link relevanceOf} a model of which no layer has a rule of its own. */
export const LRP_BY_DEFAULT: Derivation = { key: 'LRP {}', rules: lrpRules() };

/** Rules by the names of layers (modules, nodes or values). */
export type LayerRules = Readonly<Record<string, PropagationRule>>;

/**
 * Layer-wise relevance propagation (Bach et al., "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by
 * Layer-Wise Relevance Propagation", PLOS ONE 2015): the output is handed back layer by layer, to each input of a layer in
 * proportion to its contribution. See {@link lrpRules} for what each rule does.
 *
 * The convergence delta has the opposite sign of the other methods': F(x) - sum(attributions), what biases took.
 */
export class LRP<O extends AttributionOptions = AttributionOptions, To extends AttributedTo = 'inputs'> extends Attribution<O, To> {
  override readonly name: string = 'LRP';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'returnConvergenceDelta'];
  private readonly rules: LayerRules;

  /** @param options Rules of single layers. Default: the EpsilonRule, and relevance unchanged through ReLU, Tanh and Dropout. */
  constructor(model: ModelSource, { rules = {} }: { rules?: LayerRules } = {}) {
    super(model);
    this.rules = rules;
  }

  protected override async explain(task: Task<O>): Promise<Findings> {
    const { model, output, select, passes, inputs } = task;
    const { gradients } = await gradientsOf(task, relevanceOf(model, this.rules));
    const graph = await passes.graphOf(inputs, passes.fixedBatch ?? 1);
    const calls = callsWithoutRule(prune({ ...graph, outputs: graph.outputs.slice(0, 1) }), rulesIn(graph, model, this.rules));
    if (calls.length > 0) warn(passedByGradient(this.name, calls));
    const endValues = select(output);
    const attributions = gradients.map((part) => ({ ...part, data: part.data.map((value, index) => value * endValues[Math.floor(index / sizeOf(part.shape.slice(1)))]) }));
    const remainder = (parts: readonly Tensor<'float32'>[]): Float64Array => endValues.map((value, example) => value - parts.reduce((sum, part) => sum + sumOfExample(part, example), 0));
    return { attributions, isComplete: false, deltas: task.place.layers ? attributions.map((part) => remainder([part])) : [remainder(attributions)] };
  }
}

/** How relevance propagates through a model. */
export function relevanceOf(model: Model, layerRules: LayerRules = {}): Derivation {
  const known = new WeakMap<Graph, Rules>();
  const rules: Rules = (node, graph) => {
    const own = known.get(graph) ?? lrpRules(rulesIn(graph, model, layerRules));
    known.set(graph, own);
    return own(node, graph);
  };
  return { key: `LRP ${JSON.stringify(layerRules)}`, rules };
}

function rulesIn({ nodes }: Graph, model: Model, layerRules: LayerRules): LrpRulesOptions {
  const calls = new Set(model.layers?.filter(({ isCall }) => isCall).map(({ output }) => output));
  return { ruleOf: rulesByNode(layerRules, model, nodes), ...(calls.size > 0 ? { isCall: ({ outputs }) => calls.has(outputs[0]) } : {}) };
}

/** The warning that relevance is not kept. */
function passedByGradient(name: string, calls: readonly GraphNode[]): string {
  const named = [...new Set(calls.map(({ op, name: called }) => (op === called ? op : `${op} '${called}'`)))];
  const shown = named.length > 4 ? `${named.slice(0, 3).join(', ')} and ${named.length - 3} more` : named.join(', ');
  return `${name} has no rule for ${shown}: functions that are called, not modules, pass relevance by their gradient here, as in Captum, and it is not conserved there`;
}

/** @throws LensError `not-found` for a layer that no node on the way to the output has the name or the value of. */
function rulesByNode(rules: LayerRules, { name, layers }: Model, nodes: readonly GraphNode[]): (node: GraphNode) => PropagationRule | undefined {
  const byValue = new Map(Object.entries(rules).map(([layer, rule]) => [layers?.find((known) => known.name === layer)?.output ?? layer, rule] as const));
  const ruleOf = (node: GraphNode): PropagationRule | undefined => byValue.get(node.outputs[0]) ?? byValue.get(node.name);
  for (const value of byValue.keys()) {
    if (!nodes.some((node) => node.outputs[0] === value || node.name === value)) throw new LensError('not-found', `LRP: model '${name}' has no layer '${value}' to set a rule for`);
  }
  return ruleOf;
}

/** {@link LRP} up to a layer: the relevance of what it computes, or gets. The delta has an entry for each layer. */
export class LayerLRP<L extends LayerNames = LayerNames> extends LRP<AttributionOptions & LayerOptions, L extends string ? 'layer' : 'layersWithDeltas'> {
  override readonly name = 'LayerLRP';
  protected override readonly hasDeltaOfEachLayer = true;

  constructor(model: ModelSource, layer: L, options?: { rules?: LayerRules }) {
    super(model, options);
    this.layer = layer;
  }
}
