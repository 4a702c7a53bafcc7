import { MAX_EXAMPLES, type AttributionBundle, type AttributionOutput, type ExampleOutput } from '../../protocol/output';
import { defaultPicture } from '../../visualization/defaultPicture';
import type { Explanation } from '../attribution/explanation';
import { float32, sizeOf } from '../tensor';
import { convergenceOf } from './convergence';
import { formatNumber, formatPercent } from '../../visualization/formatNumber';
import { titleOf } from './titleOf';
import { hintsOf, withHints } from './hints';
import { predictionsOf, targetOf } from './targets';
import { viewOf } from './views';

/** Everything a notebook shows of an attribution: the record for the renderer, and the picture for every other place. */
export function present(found: Explanation, id: string): AttributionBundle {
  const explanation = atFeatures(atLayers(found));
  const examples = explanation.attributions[0]?.shape[0] ?? 0;
  const shown = Math.min(examples, MAX_EXAMPLES);
  const output: AttributionOutput = {
    schema: 1,
    id,
    summary: '',
    method: { name: explanation.method, title: titleOf(explanation.method, explanation.options), options: { ...explanation.options }, baseline: explanation.baselineName },
    model: { name: explanation.model.name, format: explanation.model.format },
    runtime: explanation.runtime,
    inputs: explanation.inputs.map((input, index) => ({
      name: inputName(explanation, index),
      shape: [...input.shape],
      dtype: input.dtype,
      attributionsShape: [...explanation.attributions[index].shape],
    })),
    examples: Array.from({ length: shown }, (_, example) => exampleOf(explanation, example)),
    omittedExamples: examples - shown,
    cost: { ...explanation.cost },
  };
  output.summary = [summaryOf(output, examples), ...(explanation.warnings ?? []).map((warning) => `${warning}.`)].join(' ');
  return { output, png: defaultPicture(output) };
}

/** For attributions to layers, the layers' values take the place of the inputs. */
function atLayers(explanation: Explanation): Explanation {
  const { layers, layerValues } = explanation;
  if (!layers || !layerValues) return explanation;
  return { ...explanation, baselines: undefined, inputs: layerValues.map((values, index) => withHints(values, { name: layers[index] })) };
}

/** For one tensor of coefficients [examples, features], the features take the place of the inputs: 1, as all are present. */
function atFeatures(explanation: Explanation): Explanation {
  const { inputs, attributions: [part], layers } = explanation;
  if (layers || part?.shape.length !== 2 || (explanation.attributions.length === inputs.length && sizeOf(part.shape.slice(1)) === sizeOf(inputs[0].shape.slice(1)))) return explanation;
  const present = float32(new Float32Array(part.data.length).fill(1), part.shape);
  return { ...explanation, baselines: undefined, inputs: [withHints(present, { name: 'features' })] };
}

function exampleOf(explanation: Explanation, example: number): ExampleOutput {
  return {
    target: targetOf(explanation, example),
    predictions: predictionsOf(explanation, example),
    convergence: convergenceOf(explanation, example),
    views: explanation.attributions.map((_, input) => viewOf(explanation, input, example, inputName(explanation, input))),
  };
}

function inputName({ inputs, model }: Explanation, index: number): string {
  return hintsOf(inputs[index]).name ?? model.inputs[index]?.name ?? `input ${index}`;
}

/** One sentence: method, target, model, and how well the attributions add up. */
function summaryOf({ method, model, examples }: AttributionOutput, count: number): string {
  const [first] = examples;
  const target = first?.target;
  const parts = [method.title];
  if (count > 1) parts.push(`for ${count} examples`);
  else if (target) {
    const index = `class ${target.index.join(', ')}`;
    const probability = target.probability === undefined ? '' : `, p = ${formatNumber(target.probability)}`;
    parts.push(target.label ? `of ${target.label} (${index}${probability})` : `of ${index}${probability && ` (${probability.slice(2)})`}`);
  }
  const convergence = first?.convergence;
  const check = convergence
    ? `: convergence delta ${formatNumber(convergence.delta)}${convergence.relative === null ? '' : `, ${formatPercent(convergence.relative)} of F(x) − F(baseline)`}, ${convergence.verdict.replace('-', ' ')}`
    : '';
  return `${parts.join(' ')} in ${model.name}${count > 1 && check ? `, the first${check}` : check}.`;
}
