import * as vscode from 'vscode';
import type { AttributionChoices } from '../../protocol/engine';
import type { LayerChoice, MethodChoice } from '../../protocol/renderer';
import { ask, LEFT, type Item, type Left } from './ask';

/** A method with what was chosen for it; what is undefined is left to the engine's default. */
export interface PickedMethod {
  method?: string;
  options?: Record<string, string | number | boolean>;
  /** Whether it explains a class: a neuron's method does not. */
  hasTarget: boolean;
  /** How many questions were asked. */
  questions: number;
}

/** The choice that asks for a kind of noise and a method to run on noisy samples. */
const NOISE = Symbol('noise');

/** The types of noise of Captum's NoiseTunnel. */
const NOISE_TYPES: readonly Item<string>[] = [
  { label: 'SmoothGrad', detail: 'The mean over noisy samples: fewer speckles.', description: 'smoothgrad', value: 'smoothgrad' },
  { label: 'SmoothGrad Squared', detail: 'The mean of the squares over noisy samples: strength without sign.', description: 'smoothgrad_sq', value: 'smoothgrad_sq' },
  { label: 'VarGrad', detail: 'The variance over noisy samples: where the method is unsure.', description: 'vargrad', value: 'vargrad' },
];

/**
 * Asks for a method, and for what it needs: a layer, a neuron of it, the kind of noise.
 *
 * @param explain tells why a method that was chosen does not fit; the question stays.
 */
export async function pickMethod({ methods, layers = [], predictions }: AttributionChoices, title: string, explain: (reason: string) => void): Promise<PickedMethod | Left> {
  if (methods.length === 0) return { hasTarget: true, questions: 0 };
  const more = predictions.length > 1 ? 1 : 0;
  const chosen = await ask({ placeholder: 'Method', items: methodItems(methods), refuse: (item) => refuse(item, methods, explain) }, title, 1, 1 + more);
  if (chosen === LEFT || chosen === undefined) return LEFT;
  return chosen === NOISE ? pickNoise(methods, title, more) : pickPlace(methods.find(({ name }) => name === chosen), layers, title, more);
}

/** Those that fit by what they attribute to, the noise, and those that do not fit with the reason. */
export function methodItems(methods: readonly MethodChoice[]): Item<string | typeof NOISE>[] {
  const fitting = methods.filter(({ unavailable }) => unavailable === undefined);
  const of = (needs: MethodChoice['needs']): Item<string>[] => fitting.filter((method) => !method.isOwn && method.needs === needs).map((method) => methodItem(method, method === methods[0]));
  const noise: Item<typeof NOISE> = { label: 'Noise Tunnel…', detail: 'Another method on noisy samples of the input: SmoothGrad, SmoothGrad Squared, VarGrad.', value: NOISE };
  const unfit = methods.filter(({ unavailable }) => unavailable !== undefined).map(({ name, title, unavailable }) => ({ label: `$(circle-slash) ${title}`, detail: unavailable, value: name }));
  const own = fitting.filter(({ isOwn }) => isOwn).map((method) => methodItem(method, false));
  return [...of(undefined), noise, ...section('Your own', own), ...section('Layers', of('layer')), ...section('Neurons', of('neuron')), ...section('Not for this model', unfit)];
}

function methodItem({ name, title, description, cost, isOwn }: MethodChoice, isDefault: boolean): Item<string> {
  const takes = cost ? describeCost(cost) : isOwn ? 'cost known after its first run' : '';
  return { label: title, detail: description, description: [isDefault ? 'default' : '', takes].filter(Boolean).join(', '), value: name };
}

/** `50 passes, about 2 s` */
export function describeCost({ passes, seconds }: NonNullable<MethodChoice['cost']>): string {
  const count = `${passes.toLocaleString('en')} ${passes === 1 ? 'pass' : 'passes'}`;
  if (seconds === undefined) return count;
  return `${count}, ${seconds < 1 ? 'less than 1 s' : seconds < 90 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`}`;
}

const section = (label: string, items: readonly Item<string>[]): Item<string>[] => (items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator, value: '' }, ...items]);

/** Says why a method does not fit; false for those that fit. */
export function refuse(value: string | typeof NOISE, methods: readonly MethodChoice[], explain: (reason: string) => void): boolean {
  const method = methods.find(({ name }) => name === value);
  if (method?.unavailable === undefined) return false;
  explain(`${method.title} cannot be used here: ${method.unavailable}.`);
  return true;
}

async function pickNoise(methods: readonly MethodChoice[], title: string, more: number): Promise<PickedMethod | Left> {
  const ntType = await ask({ placeholder: 'What to take of the noisy samples', items: NOISE_TYPES }, title, 2, 3 + more);
  if (ntType === LEFT || ntType === undefined) return LEFT;
  const items = methods.filter(({ needs, unavailable }) => needs === undefined && unavailable === undefined).map((method) => methodItem(method, method === methods[0]));
  const method = await ask({ placeholder: 'Method to run on the noisy samples, 10 times each', items }, title, 3, 3 + more);
  return method === LEFT ? LEFT : { method, options: { ntType }, hasTarget: true, questions: 3 };
}

async function pickPlace(method: MethodChoice | undefined, layers: readonly LayerChoice[], title: string, more: number): Promise<PickedMethod | Left> {
  if (!method?.needs) return { method: method?.name, hasTarget: true, questions: 1 };
  const items = layers.map(({ name, op, shape }) => ({ label: name, description: `${op}, ${shape.join(' × ')}`, value: name }));
  const layer = await ask({ placeholder: method.needs === 'layer' ? 'Layer to attribute to' : 'Layer of the neuron', items: lastFirst(items) }, title, 2, method.needs === 'layer' ? 2 + more : 3);
  if (layer === LEFT || layer === undefined) return LEFT;
  if (method.needs === 'layer') return { method: method.name, options: { layer }, hasTarget: true, questions: 2 };
  const shape = layers.find(({ name }) => name === layer)?.shape ?? [];
  const neuronSelector = await askNeuron(shape, `${title}: ${layer}`);
  if (neuronSelector === undefined) return LEFT;
  return { method: method.name, options: { layer, ...(neuronSelector === '' ? {} : { neuronSelector }) }, hasTarget: false, questions: 3 };
}

/** From the last layer to the first one, with the output at the end: what it adds to itself says nothing. */
const lastFirst = <T>(layers: readonly T[]): T[] => [...layers.slice(0, -1).reverse(), ...layers.slice(-1)];

function askNeuron(shape: readonly number[], title: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title,
    prompt: `Index of the neuron in ${shape.join(' × ')}: ${shape.map((length) => `0 to ${length - 1}`).join(', ')}`,
    placeHolder: 'The most active neuron',
    validateInput: (text) => (text.trim() === '' ? undefined : problemOf(text, shape)),
  }).then((text) => text?.trim());
}

/** Why a text is not the index of a neuron in a layer of this shape. */
export function problemOf(text: string, shape: readonly number[]): string | undefined {
  const indices = text.split(',').map((part) => part.trim());
  if (indices.length !== shape.length) return `${shape.length} whole numbers are needed, with commas between them, got ${indices.length}`;
  const wrong = indices.findIndex((index, axis) => !/^\d+$/.test(index) || Number(index) >= shape[axis]);
  return wrong < 0 ? undefined : `Index ${wrong + 1} must be a whole number from 0 to ${shape[wrong] - 1}, got ${indices[wrong] || 'nothing'}`;
}
