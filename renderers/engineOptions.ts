import { BASELINE_CHOICES, type BaselineChoice, type RecomputeRequest } from '../src/protocol/output';
import type { OutputCapabilities } from '../src/protocol/renderer';
import { formatNumber, targetName } from './format';
import type { SelectOption } from './elements/select';
import type { ExampleModel, OutputModel } from './model';

/** One drop-down of the footer: what it shows now, what can be chosen, and what a choice asks of the engine. */
export interface EngineOption {
  label: string;
  value: string;
  options: SelectOption[];
  request(value: string): RecomputeRequest;
  /** The choice in words, for `Computing …`. */
  describe(value: string): string;
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

/** The drop-downs that make sense for an output: those of options that its method has. */
export function engineOptions(output: OutputModel, example: ExampleModel, methods: OutputCapabilities['methods']): EngineOption[] {
  const { method } = output;
  const found: (EngineOption | undefined)[] = [
    methodOption(method.name, method.title, methods),
    stepsOption(method.options.nSteps),
    quadratureOption(method.options.method),
    baselineOption(method.baseline),
    targetOption(example),
  ];
  return found.filter((option) => option !== undefined);
}

function methodOption(name: string, title: string, methods: OutputCapabilities['methods']): EngineOption {
  const options = methods.map((known) => ({ value: known.name, label: known.title }));
  return option('Method', name, withCurrent(options, name, title), (value) => ({ method: value }));
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
  const describe = (chosen: string): string => `${label.toLowerCase()} ${options.find((known) => known.value === chosen)?.label ?? chosen}`;
  return { label, value, options, request, describe };
}

/** The options with the current one among them, even if it could not be chosen again. */
function withCurrent(options: SelectOption[], value: string, label: string): SelectOption[] {
  return options.some((known) => known.value === value) ? options : [{ value, label }, ...options];
}
