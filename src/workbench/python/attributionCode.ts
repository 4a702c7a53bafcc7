import type { PythonChoices } from '../../protocol/python';
import type { Picked } from '../commands/pickers';

/** The call of a model that is attributed. */
export type PythonCall = Pick<PythonChoices, 'framework' | 'shapes' | 'predictions'> & Required<Pick<PythonChoices, 'model' | 'inputs' | 'arguments'>>;

/** Longer lines are broken. */
const MOST_COLUMNS = 110;

/** Methods without a target: they tell of the model, not of a class. */
const WITHOUT_TARGET = ['LayerActivation'];

/**
 * Captum's code for an attribution, as a person would write it: what is attributed is explicit, and the class that the
 * model predicts is computed, so that the cell means the same for another input.
 */
export function attributionCode(call: PythonCall, { method = 'IntegratedGradients', options = {}, target }: Picked): string {
  const { layer, ntType } = options as { layer?: string; ntType?: string };
  const place = layer === undefined ? '' : `, ${layerExpression(call.model, layer)}`;
  const algorithm = `${method}(${call.model}${place})`;
  const constructed = ntType === undefined ? algorithm : `NoiseTunnel(${algorithm})`;
  const parameters = [
    tuple(call.inputs),
    ...(ntType === undefined ? [] : [`nt_type='${ntType}'`, 'nt_samples=10']),
    ...required(method, call),
    ...targetOf(method, call, target),
    ...(call.arguments.length === 0 ? [] : [`additional_forward_args=(${call.arguments.join(', ')},)`]),
  ];
  const line = `${constructed}.attribute(${parameters.join(', ')})`;
  const broken = line.length <= MOST_COLUMNS ? line : `${constructed}.attribute(\n${parameters.map((parameter) => `    ${parameter},\n`).join('')})`;
  const imports = [...new Set([...(ntType === undefined ? [] : ['NoiseTunnel']), method])].sort().join(', ');
  const torch = broken.includes('torch.') ? 'import torch\n' : '';
  return `${torch}from attribution_lens.attr import ${imports}\n\n${broken}`;
}

function targetOf(method: string, call: PythonCall, target: number[] | undefined): string[] {
  const { predictions } = call;
  if (WITHOUT_TARGET.includes(method) || predictions?.length === 0) return [];
  const isTop = predictions === undefined || target === undefined || target.join() === predictions[0].index.join();
  if (target && (target.length > 1 || !isTop)) return [`target=${target.length === 1 ? target[0] : `(${target.join(', ')})`}`];
  if (predictions && predictions[0].index.length > 1) return [`target=(${predictions[0].index.join(', ')})`];
  const output = `${call.model}(${[...call.inputs, ...call.arguments].join(', ')})`;
  return [`target=${output}${call.framework === 'keras' ? '.numpy()' : ''}.argmax(1)`];
}

/** What a method asks for beside the input. */
function required(method: string, { inputs, shapes }: PythonCall): string[] {
  switch (method) {
    case 'Occlusion': {
      const windows = (shapes ?? []).map(windowOf);
      return windows.length === 0 ? [] : [`sliding_window_shapes=${tuple(windows.map(({ window }) => window))}`, `strides=${tuple(windows.map(({ strides }) => strides))}`];
    }
    case 'GradientShap':
    case 'LayerGradientShap':
      return [`baselines=${tuple(inputs.map((input) => `${input} * 0`))}`];
    case 'DeepLiftShap':
    case 'LayerDeepLiftShap':
      return [`baselines=${tuple(inputs.map((input) => `torch.cat([${input}[:1] * 0, ${input}[:1] * 0 + ${input}.mean()])`))}`];
    default:
      return [];
  }
}

/** A window of an eighth of each image axis, over all channels; of rows of features, one feature. */
function windowOf([, ...shape]: number[]): { window: string; strides: string } {
  const isImage = shape.length >= 3;
  const sizes = shape.map((length, axis) => (!isImage ? 1 : axis === 0 ? length : Math.max(1, Math.round(length / 8))));
  const steps = sizes.map((size, axis) => (isImage && axis > 0 ? Math.max(1, Math.round(size / 2)) : size));
  return { window: `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`, strides: `(${steps.join(', ')}${steps.length === 1 ? ',' : ''})` };
}

const tuple = (parts: readonly string[]): string => (parts.length === 1 ? parts[0] : `(${parts.join(', ')})`);

/** A module of a model by its name: `layer1.0.conv1` is `model.layer1[0].conv1`. */
function layerExpression(model: string, name: string): string {
  const parts = name.split('.');
  if (!parts.every((part) => /^(\d+|[A-Za-z_]\w*)$/.test(part))) return `${model}.get_submodule('${name.replace(/[\\']/g, '\\$&')}')`;
  return model + parts.map((part) => (/^\d/.test(part) ? `[${part}]` : `.${part}`)).join('');
}
