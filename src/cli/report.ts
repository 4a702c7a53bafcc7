import type { Explanation } from '../engine/attribution/explanation';
import { hintsOf } from '../engine/presentation/hints';
import type { Tensor } from '../engine/tensor';

/** Elements that are listed for each example. */
const MOST_LISTED = 5;

/** What is told of an attribution, as JSON. Lists over examples have one entry for each. */
export interface Report {
  readonly input: string;
  readonly method: string;
  readonly options: Explanation['options'];
  readonly model: { readonly name: string; readonly format: string };
  readonly runtime: string;
  /** Indices into the output's axes after the first; absent when it has one number for each example. */
  readonly target?: readonly (readonly number[])[];
  readonly targetLabel?: readonly (string | undefined)[];
  /** The selected output of each example. */
  readonly output?: readonly number[];
  readonly baseline?: string;
  readonly attributions: readonly AttributionReport[];
  readonly convergenceDelta?: readonly number[];
  readonly timing: Explanation['cost'];
  readonly files: readonly string[];
}

interface AttributionReport {
  /** The input or layer. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly min: number;
  readonly max: number;
  /** Over each example. */
  readonly sum: readonly number[];
  /** The strongest elements of each example: their index without the axis of the examples, and their attribution. */
  readonly strongest: readonly (readonly { readonly index: readonly number[]; readonly attribution: number }[])[];
  /** Of a text: its tokens, each with the sum of its attributions. */
  readonly tokens?: readonly { readonly text: string; readonly attribution: number }[];
}

export function reportOf(explanation: Explanation, input: string, files: readonly string[]): Report {
  const { method, options, model, runtime, targets, endValues, baselineName, attributions, deltas, convergenceDelta, cost, layers, inputs } = explanation;
  const delta = deltas?.[0] ?? convergenceDelta;
  const nameOf = (index: number): string => layers?.[index] ?? hintsOf(inputs[index]).name ?? model.inputs[index]?.name ?? `input ${index}`;
  return {
    input,
    method,
    options,
    model: { name: model.name, format: model.format },
    runtime,
    ...(targets ? { target: targets } : {}),
    ...(targets && model.labels ? { targetLabel: targets.map((index) => model.labels?.[index.at(-1) ?? -1]) } : {}),
    ...(endValues ? { output: [...endValues] } : {}),
    ...(baselineName === undefined ? {} : { baseline: baselineName }),
    attributions: attributions.map((part, index) => ({ ...describe(part, nameOf(index)), ...tokensOf(part, inputs[index]) })),
    ...(delta ? { convergenceDelta: [...delta] } : {}),
    timing: cost,
    files,
  };
}

function describe({ data, shape }: Tensor<'float32'>, name: string): AttributionReport {
  const size = data.length / (shape[0] || 1);
  const examples = Array.from({ length: shape[0] }, (_, example) => data.subarray(example * size, (example + 1) * size));
  return {
    name,
    shape,
    min: data.reduce((least, value) => Math.min(least, value), Infinity),
    max: data.reduce((most, value) => Math.max(most, value), -Infinity),
    sum: examples.map((values) => values.reduce((sum, value) => sum + value, 0)),
    strongest: examples.map((values) =>
      Array.from(values.keys())
        .sort((left, right) => Math.abs(values[right]) - Math.abs(values[left]))
        .slice(0, MOST_LISTED)
        .map((element) => ({ index: positionOf(element, shape.slice(1)), attribution: values[element] })),
    ),
  };
}

function tokensOf({ data }: Tensor<'float32'>, input: Tensor | undefined): Pick<AttributionReport, 'tokens'> {
  const tokens = input && hintsOf(input).tokens;
  if (!tokens) return {};
  const attributions = tokens.attributionsOf(data);
  return { tokens: tokens.texts.map((text, index) => ({ text, attribution: attributions[index] })) };
}

function positionOf(element: number, axes: readonly number[]): number[] {
  const position: number[] = [];
  let rest = element;
  for (const length of [...axes].reverse()) {
    position.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return position;
}

/** A report in a few lines for people. */
export function textOf({ input, method, model, runtime, target, targetLabel, output, attributions, convergenceDelta, timing, files }: Report): string {
  const lines = [`${input}: ${method} of ${model.name} on ${runtime}, ${timing.seconds.toFixed(2)} s`];
  for (const [example, value] of output?.entries() ?? []) {
    const of = target ? ` of target ${target[example].join(', ')}${targetLabel?.[example] ? ` (${targetLabel[example]})` : ''}` : '';
    const delta = convergenceDelta?.length === output?.length ? `, convergence delta ${convergenceDelta?.[example].toPrecision(3)}` : '';
    lines.push(`  example ${example}: output${of} ${value.toPrecision(6)}${delta}`);
  }
  for (const { name, shape, min, max, strongest, tokens } of attributions) {
    lines.push(`  attributions of '${name}' [${shape.join(', ')}], from ${min.toPrecision(4)} to ${max.toPrecision(4)}`);
    if (tokens) lines.push(`    tokens: ${tokens.map(({ text, attribution }) => `${text} ${attribution.toPrecision(3)}`).join('  ')}`);
    else lines.push(`    strongest: ${(strongest[0] ?? []).map(({ index, attribution }) => `[${index.join(', ')}] ${attribution.toPrecision(4)}`).join('  ')}`);
  }
  for (const file of files) lines.push(`  wrote ${file}`);
  return lines.join('\n');
}
