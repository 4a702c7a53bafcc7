import { BASELINE_CHOICES, type BaselineChoice, type MethodInfo, type RecomputeRequest } from '../src/protocol/output';
import type { LayerChoice, MethodChoice } from '../src/protocol/renderer';
import { formatNumber } from '../src/visualization/formatNumber';
import { formatCost, formatDimensions, targetName } from './format';
import type { SelectOption } from './elements/select';
import type { ExampleModel, OutputModel } from './model';

/** One control of the footer: what it shows now, what can be chosen, and what a choice asks of the engine. */
export interface EngineOption {
  label: string;
  value: string;
  /** Absent where a value is typed in. */
  options?: SelectOption[];
  request(value: string): RecomputeRequest;
  /** The choice in words, for `Computing …`. */
  describe(value: string): string;
}

/** What can be chosen, as the engine says; empty before its answer. */
export interface EngineChoices {
  methods: readonly MethodChoice[];
  layers?: readonly LayerChoice[];
}

const STEP_CHOICES = [5, 20, 50, 100, 200, 500];

/** Captum's quadratures, as people write them. */
const QUADRATURES: Record<string, string> = {
  gausslegendre: 'Gauss–Legendre',
  riemann_left: 'Riemann left',
  riemann_right: 'Riemann right',
  riemann_middle: 'Riemann middle',
  riemann_trapezoid: 'Riemann trapezoid',
};

/** As an output's method names them. */
const BASELINES: Record<BaselineChoice, string> = {
  zero: 'zero',
  mean: 'mean',
  blurred: 'blurred input',
  noise: 'noise',
};

/** The types of noise of NoiseTunnel; `none` takes it away. */
const SMOOTHING: Record<string, string> = {
  none: 'No smoothing',
  smoothgrad: '+ SmoothGrad',
  smoothgrad_sq: '+ SmoothGrad squared',
  vargrad: '+ VarGrad',
};

/** The method without the noise around it. */
export const innerMethod = ({ name, options }: MethodInfo): string => (typeof options.attributionMethod === 'string' ? options.attributionMethod : name);

/** The controls that make sense for an output: those of options that its method has. */
export function engineOptions(output: OutputModel, example: ExampleModel, { methods, layers = [] }: EngineChoices): EngineOption[] {
  const { method } = output;
  const found: (EngineOption | undefined)[] = [
    methodOption(method, methods),
    ...layerOptions(method, methods, layers),
    stepsOption(method.options.nSteps),
    quadratureOption(method.options.method),
    baselineOption(method.baseline),
    targetOption(example),
    smoothingOption(method, methods),
  ];
  return found.filter((option) => option !== undefined);
}

/** What an output can be compared with: other methods, other baselines, and itself with noise. */
export function compareOption({ method }: OutputModel, { methods }: EngineChoices): EngineOption {
  const current = innerMethod(method);
  const groups: SelectOption[] = [
    ...(method.baseline === undefined ? [] : BASELINE_CHOICES.filter((choice) => BASELINES[choice] !== method.baseline).map((choice) => ({ value: JSON.stringify({ baseline: choice }), label: `Baseline: ${BASELINES[choice]}`, group: 'The same with' }))),
    ...(method.options.ntType === undefined ? [{ value: JSON.stringify({ options: { ntType: 'smoothgrad' } }), label: SMOOTHING.smoothgrad, group: 'The same with' }] : []),
    ...grouped(methods.filter(({ name }) => name !== current)).map((option) => ({ ...option, value: JSON.stringify({ method: option.value }) })),
  ];
  const compared = option('Compare', '', [{ value: '', label: 'Compare', disabled: true, hidden: true }, ...groups], (value) => ({ compare: JSON.parse(value) as RecomputeRequest }));
  return { ...compared, describe: (value) => `comparison with ${groups.find((known) => known.value === value)?.short ?? groups.find((known) => known.value === value)?.label ?? ''}` };
}

function methodOption(method: MethodInfo, methods: readonly MethodChoice[]): EngineOption {
  const name = innerMethod(method);
  return option('Method', name, withCurrent(grouped(methods), name, method.title), (value) => ({ method: value }));
}

/** Methods with what they cost; those that do not fit last, with the reason. */
function grouped(methods: readonly MethodChoice[]): SelectOption[] {
  const of = ({ name, title, description, cost, unavailable, needs, isOwn }: MethodChoice): SelectOption => {
    if (unavailable !== undefined) return { value: name, label: `${title}: ${unavailable}`, short: title, group: 'Not for this model', title: description, disabled: true };
    const group = isOwn ? 'Your own' : needs === 'layer' ? 'Layers' : needs === 'neuron' ? 'Neurons' : undefined;
    return { value: name, label: cost ? `${title} · ${formatCost(cost)}` : isOwn ? `${title} · cost known after its first run` : title, title: description, ...(cost || isOwn ? { short: title } : {}), ...(group ? { group } : {}) };
  };
  const rank = ({ needs, unavailable, isOwn }: MethodChoice): number => (unavailable !== undefined ? 4 : isOwn ? 1 : needs === 'neuron' ? 3 : needs === 'layer' ? 2 : 0);
  return [0, 1, 2, 3, 4].flatMap((wanted) => methods.filter((method) => rank(method) === wanted).map(of));
}

function layerOptions(method: MethodInfo, methods: readonly MethodChoice[], layers: readonly LayerChoice[]): EngineOption[] {
  const { layer, neuronSelector } = method.options;
  if (typeof layer !== 'string') return [];
  const options = layers.map(({ name, op, shape }) => ({ value: name, short: name, label: [name, op, formatDimensions(shape)].filter(Boolean).join(' · ') }));
  const found = [option('Layer', layer, withCurrent(options, layer, layer), (value) => ({ options: { layer: value } }))];
  const isNeuron = methods.find(({ name }) => name === innerMethod(method))?.needs === 'neuron';
  if (!isNeuron || neuronSelector === undefined) return found;
  return [...found, { label: 'Neuron', value: String(neuronSelector), request: (value) => ({ options: { neuronSelector: value } }), describe: (value) => `neuron ${value}` }];
}

function smoothingOption({ options: { ntType } }: MethodInfo, methods: readonly MethodChoice[]): EngineOption | undefined {
  const current = typeof ntType === 'string' ? ntType : 'none';
  if (methods.length === 0 && current === 'none') return undefined;
  const options = Object.entries(SMOOTHING).map(([value, label]) => ({ value, label }));
  return option('Smoothing', current, withCurrent(options, current, current), (value) => ({ options: { ntType: value } }));
}

function stepsOption(current: unknown): EngineOption | undefined {
  if (typeof current !== 'number') return undefined;
  const steps = [...new Set([...STEP_CHOICES, current])].sort((a, b) => a - b);
  const options = steps.map((count) => ({ value: String(count), label: `${count} steps` }));
  return option('Steps', String(current), options, (value) => ({ options: { nSteps: Number(value) } }));
}

function quadratureOption(current: unknown): EngineOption | undefined {
  if (typeof current !== 'string' || !Object.hasOwn(QUADRATURES, current)) return undefined;
  const options = Object.entries(QUADRATURES).map(([value, label]) => ({ value, label }));
  return option('Quadrature', current, options, (value) => ({ options: { method: value } }));
}

function baselineOption(current: string | undefined): EngineOption | undefined {
  if (current === undefined) return undefined;
  const labelOf = (name: string): string => `Baseline: ${name}`;
  const options = BASELINE_CHOICES.map((choice) => ({ value: choice as string, label: labelOf(BASELINES[choice]) }));
  const value = BASELINE_CHOICES.find((choice) => choice === current || BASELINES[choice] === current) ?? current;
  return option('Baseline', value, withCurrent(options, value, labelOf(current)), (chosen) => ({
    baseline: BASELINE_CHOICES.find((choice) => choice === chosen),
  }));
}

function targetOption({ target, predictions }: ExampleModel): EngineOption | undefined {
  if (!target || !predictions || predictions.length === 0) return undefined;
  const valueOf = (index: readonly number[]): string => index.join(',');
  const options = predictions.map((prediction) => ({
    value: valueOf(prediction.index),
    label: `${targetName(prediction)} ${formatNumber(prediction.probability ?? prediction.score, 2)}`,
  }));
  return option('Target', valueOf(target.index), withCurrent(options, valueOf(target.index), targetName(target)), (value) => ({
    target: value === '' ? [] : value.split(',').map(Number),
  }));
}

function option(label: string, value: string, options: SelectOption[], request: EngineOption['request']): EngineOption {
  const describe = (chosen: string): string => {
    const known = options.find((each) => each.value === chosen);
    const text = known?.short ?? known?.label ?? chosen;
    return text.toLowerCase().includes(label.toLowerCase()) ? text : `${label.toLowerCase()} ${text}`;
  };
  return { label, value, options, request, describe };
}

/** The options with the current one among them, even if it could not be chosen again. */
function withCurrent(options: SelectOption[], value: string, label: string): SelectOption[] {
  return options.some((known) => known.value === value) ? options : [{ value, label }, ...options];
}
