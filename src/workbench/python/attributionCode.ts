import type { PythonChoices } from '../../protocol/python';
import type { Picked } from '../commands/pickers';
import { forwardFunction } from './forwardFunction';

/** The call of a model that is attributed. */
export type PythonCall = Pick<PythonChoices, 'framework' | 'shapes' | 'predictions' | 'layers' | 'wrapped' | 'called' | 'asNumpy'> & Required<Pick<PythonChoices, 'model' | 'inputs' | 'arguments'>>;

/** Longer lines are broken. */
const MOST_COLUMNS = 110;

/** Whether a method has no target: it tells of a layer or of a neuron, not of a class. */
const hasNoTarget = (method: string): boolean => method === 'LayerActivation' || (method.startsWith('Neuron') && method !== 'NeuronConductance');

/**
 * Captum's code for an attribution, as a person would write it: what is attributed is explicit, and the class that the
 * model predicts is computed, so that the cell means the same for another input.
 */
export function attributionCode(call: PythonCall, { method = 'IntegratedGradients', options = {}, target }: Picked): string {
  const { layer, neuronSelector, ntType } = options as { layer?: string; neuronSelector?: string; ntType?: string };
  const place = layer === undefined ? '' : `, ${layerExpression(call, layer)}`;
  const algorithm = `${method}(${functionOf(call)}${place})`;
  const constructed = ntType === undefined ? algorithm : `NoiseTunnel(${algorithm})`;
  const parameters = [
    tuple(call.inputs),
    ...neuronOf(method, call, layer, neuronSelector),
    ...(ntType === undefined ? [] : [`nt_type='${ntType}'`, 'nt_samples=10']),
    ...required(method, call),
    ...targetOf(method, call, target),
    ...(call.arguments.length === 0 ? [] : [`additional_forward_args=(${call.arguments.join(', ')}${call.arguments.length === 1 ? ',' : ''})`]),
  ];
  const line = `${constructed}.attribute(${parameters.join(', ')})`;
  const broken = line.length <= MOST_COLUMNS ? line : `${constructed}.attribute(\n${parameters.map((parameter) => `    ${parameter},\n`).join('')})`;
  const imports = [...new Set([...(ntType === undefined ? [] : ['NoiseTunnel']), method])].sort().join(', ');
  const torch = broken.includes('torch.') ? 'import torch\n' : '';
  const forward = call.wrapped ? `\n${forwardFunction(call.model, call.wrapped)}\n\n\n` : '';
  return `${torch}from attribution_lens.attr import ${imports}\n\n${forward}${broken}`;
}

/** What is attributed: the model, or the function around its call. */
const functionOf = ({ model, wrapped }: PythonCall): string => wrapped?.name ?? model;

/** The index that was chosen, or that of the most active neuron. */
function neuronOf(method: string, { layers }: PythonCall, layer: string | undefined, chosen: string | undefined): string[] {
  if (!method.startsWith('Neuron')) return [];
  const index = chosen?.split(',').map(Number) ?? layers?.find(({ name }) => name === layer)?.mostActive;
  return index ? [`neuron_selector=${index.length === 1 ? index[0] : `(${index.join(', ')})`}`] : [];
}

function targetOf(method: string, call: PythonCall, target: number[] | undefined): string[] {
  const { predictions } = call;
  if (hasNoTarget(method) || predictions?.length === 0) return [];
  const isTop = predictions === undefined || target === undefined || target.join() === predictions[0].index.join();
  if (target && (target.length > 1 || !isTop)) return [`target=${target.length === 1 ? target[0] : `(${target.join(', ')})`}`];
  if (predictions && predictions[0].index.length > 1) return [`target=(${predictions[0].index.join(', ')})`];
  const output = `${functionOf(call)}(${call.called ?? [...call.inputs, ...call.arguments].join(', ')})`;
  return [`target=${output}${call.asNumpy ?? ''}.argmax(1)`];
}

/** What a method asks for beside the input. */
function required(method: string, { inputs, shapes }: PythonCall): string[] {
  if (method === 'Occlusion') {
    const windows = (shapes ?? []).map(windowOf);
    return windows.length === 0 ? [] : [`sliding_window_shapes=${tuple(windows.map(({ window }) => window))}`, `strides=${tuple(windows.map(({ strides }) => strides))}`];
  }
  const factors = inputs.map((input) => (/^[\w.[\]'"]+$/.test(input) ? input : `(${input})`));
  if (method.endsWith('GradientShap')) return [`baselines=${tuple(factors.map((input) => `${input} * 0`))}`];
  if (method.endsWith('DeepLiftShap')) return [`baselines=${tuple(factors.map((input) => `torch.cat([${input}[:1] * 0, ${input}[:1] * 0 + ${input}.mean()])`))}`];
  return [];
}

/** A window of an eighth of each image axis, over all channels; of rows of features, one feature. */
function windowOf([, ...shape]: number[]): { window: string; strides: string } {
  const isImage = shape.length >= 3;
  const channels = shape[shape.length - 1] <= 4 && shape[0] > 4 ? shape.length - 1 : 0;
  const sizes = shape.map((length, axis) => (!isImage ? 1 : axis === channels ? length : Math.max(1, Math.round(length / 8))));
  const steps = sizes.map((size, axis) => (isImage && axis !== channels ? Math.max(1, Math.round(size / 2)) : size));
  return { window: `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`, strides: `(${steps.join(', ')}${steps.length === 1 ? ',' : ''})` };
}

const tuple = (parts: readonly string[]): string => (parts.length === 1 ? parts[0] : `(${parts.join(', ')})`);

/** A module of a model by its name: `layer1.0.conv1` is `model.layer1[0].conv1`. */
function layerExpression({ model, framework }: PythonCall, name: string): string {
  if (framework === 'keras') return `${model}.get_layer('${name.replace(/[\\']/g, '\\$&')}')`;
  const parts = name.split('.');
  if (!parts.every((part) => /^(\d+|[A-Za-z_]\w*)$/.test(part))) return `${model}.get_submodule('${name.replace(/[\\']/g, '\\$&')}')`;
  return model + parts.map((part) => (/^\d/.test(part) ? `[${part}]` : `.${part}`)).join('');
}
