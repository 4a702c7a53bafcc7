import { LensError } from '../../protocol/errors';
import { operatorOf } from '../operators/registry';
import type { Derivative, Rules } from '../operators/operator';
import { formatShape } from '../tensor';
import { GraphBuilder } from './builder';
import type { Graph, GraphNode, ValueInfo } from './graph';

/** The name of the graph input that holds dL/d(output). */
export const seedName = (output: string): string => `seed/${output}`;
/** The name of the graph output that holds dL/d(value). */
export const gradientName = (value: string): string => `gradient/${value}`;

/** The one operator whose integer input has a gradient, a float32 one: it ends at the QuantizeLinear that made the integers. */
const QUANTIZED = 'DequantizeLinear';

export interface DifferentiateOptions {
  /** The value that is differentiated; its gradient is fed at run time under {@link seedName}. */
  of: string;
  /** The float32 values whose gradients are wanted: inputs of the graph, or values inside it (a layer's output). */
  wrt: readonly string[];
  /** Derivatives that replace the operators' own. */
  rules?: Rules;
}

/**
 * Reverse-mode differentiation as a graph rewrite (Griewank & Walther, "Evaluating Derivatives", 2008): the result
 * computes the outputs of `graph` and, for L = sum(seed * of), the gradients dL/d(value) for every value of `wrt`.
 * Seeds select targets without compiling anew: a one-hot row for each example gives each its own target.
 *
 * Only nodes between `wrt` and `of` are visited. Throws `unsupported-operator` naming the first node on the way that
 * has no derivative, or when `wrt` is only compared and looked up by on the way (decision trees), as torch does;
 * `invalid-argument` when a value of `wrt` is not float32, or does not lead to `of`.
 */
export function differentiate(graph: Graph, { of, wrt, rules = () => undefined }: DifferentiateOptions): Graph {
  const builder = new GraphBuilder(`${graph.name} (gradient)`, graph);
  const target = builder.value(of);
  const dependent = dependents(graph, wrt);
  for (const name of wrt) requireDifferentiable(graph, name, of, dependent);

  const gradients = new Map<string, ValueInfo[]>([[of, [builder.input(seedName(of), 'float32', target.shape)]]]);
  let isZero = false;
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index];
    if (!node.outputs.some((output) => gradients.has(output))) continue;
    if (!node.inputs.some((input) => dependent.has(input))) continue;
    const outputGradients = node.outputs.map((output) => total(builder, gradients, output));
    const rule = derivativeOf(node, graph, rules);
    if (rule === 'zero') {
      isZero = true;
      continue;
    }
    const inputs = node.inputs.map((input) => (input === '' ? undefined : builder.value(input)));
    const wants = (position: number): boolean => dependent.has(node.inputs[position]) && (inputs[position]?.dtype === 'float32' || (position === 0 && node.op === QUANTIZED));
    const inputGradients = rule({
      node,
      builder,
      inputs,
      outputs: node.outputs.map((output) => (output === '' ? undefined : builder.value(output))),
      gradients: outputGradients,
      wants,
      constant: (position) => builder.constantOf(inputs[position]),
    });
    for (const [position, gradient] of inputGradients.entries()) {
      if (!gradient || !wants(position)) continue;
      requireSameShape(node, inputs[position], gradient, position);
      const name = node.inputs[position];
      gradients.set(name, [...(gradients.get(name) ?? []), gradient]);
    }
  }

  if (!isZero && wrt.length > 0 && !wrt.some((name) => gradients.has(name))) {
    const sources = wrt.map((name) => `'${name}'`).join(', ');
    throw new LensError('unsupported-operator', `Graph '${graph.name}': '${of}' has no gradient, since only comparisons and look-ups, as in decision trees, lie between it and ${sources}`, 'Use a perturbation method, which needs no gradients.');
  }
  const results = wrt.map((name) => {
    const gradient = total(builder, gradients, name) ?? zeros(builder, builder.value(name));
    return builder.op('Identity', [gradient], {}, { name: gradientName(name) });
  });
  return builder.build([...graph.outputs, ...results]);
}

/** The values that depend on any of `sources`, those included. */
function dependents(graph: Graph, sources: readonly string[]): Set<string> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => reached.has(input))) for (const output of node.outputs) if (output !== '') reached.add(output);
  }
  return reached;
}

/** The sum of the gradients that arrived at a value, written as one node; undefined when none did. */
function total(builder: GraphBuilder, gradients: Map<string, ValueInfo[]>, name: string): ValueInfo | undefined {
  const parts = gradients.get(name);
  if (!parts || parts.length === 0) return undefined;
  if (parts.length === 1) return parts[0];
  const sum = parts.reduce((left, right) => builder.op('Add', [left, right]));
  gradients.set(name, [sum]);
  return sum;
}

function zeros(builder: GraphBuilder, value: ValueInfo): ValueInfo {
  return builder.op('Expand', [builder.scalar(0), builder.integers(value.shape)]);
}

function derivativeOf(node: GraphNode, graph: Graph, rules: Rules): Derivative | 'zero' {
  const rule = rules(node, graph) ?? operatorOf(node).derivative;
  if (!rule) throw new LensError('unsupported-operator', `${node.op} '${node.name}': this operator has no derivative`, 'Use a perturbation method, which needs none.');
  return rule;
}

function requireDifferentiable(graph: Graph, name: string, of: string, dependent: ReadonlySet<string>): void {
  const value = graph.values.get(name);
  if (!value) throw new LensError('not-found', `Model '${graph.name}': there is no value '${name}' to attribute to`);
  if (value.dtype !== 'float32') {
    throw new LensError('invalid-argument', `Input '${name}': gradients need float32 values, got ${value.dtype}`, 'Attribute to the embedding layer instead.');
  }
  if (!dependent.has(of)) throw new LensError('invalid-argument', `Input '${name}': the output '${of}' does not depend on it`);
}

function requireSameShape(node: GraphNode, input: ValueInfo | undefined, gradient: ValueInfo, position: number): void {
  if (input && input.shape.length === gradient.shape.length && input.shape.every((dim, axis) => dim === gradient.shape[axis])) return;
  throw new LensError('shape-mismatch', `${node.op} '${node.name}': the derivative of input ${position} has shape ${formatShape(gradient.shape)}, must be ${formatShape(input?.shape ?? [])}`);
}
