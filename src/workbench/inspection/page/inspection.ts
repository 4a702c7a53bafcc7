import { formatAxes, formatBytes, problemsOf } from '../../../engine/inspection/describe';
import type { LayerDescription, ModelInspection, OperatorCount, PortDescription } from '../../../protocol/engine';
import { post, receive } from '../../../protocol/messages';
import type { HostToInspection, InspectionToHost } from '../protocol';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

/** More rows than this are not drawn at once. */
const MOST_ROWS = 1000;

const host = acquireVsCodeApi();
const main = document.getElementById('inspection');
const said = document.getElementById('said');

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => receive<HostToInspection>(data, { show: (found) => main?.replaceChildren(...draw(found)) }));
post<InspectionToHost, 'ready'>((message) => host.postMessage(message), 'ready', {});

type Child = Node | string;

function element(tag: string, className: string, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

function draw(found: ModelInspection): Child[] {
  const { name, format, notes, problem, inputs, outputs } = found;
  const head = [element('h1', '', name), element('p', 'quiet', [format, ...notes].map((text) => text.replace(/\.$/, '')).join(' · '))];
  if (problem) {
    const text = element('div', 'problem', element('p', '', `This model cannot be attributed: ${problem.message}`), ...(problem.nextStep ? [element('p', '', problem.nextStep)] : []));
    return [...head, text, element('div', 'facts', ports('Inputs', inputs), ports('Outputs', outputs))];
  }
  return [...head, facts(found), notebookButton(), ...attributable(found), ...operators(found.operators), ...layers(found.layers)];
}

function facts({ inputs, outputs, parameters, memory, shapes }: ModelInspection): HTMLElement {
  const { weights, forwardPerExample, gradientPerExample } = memory;
  const size = list('Parameters', [`${parameters.toLocaleString('en')} (${formatBytes(weights)})`]);
  const perExample = `${formatBytes(forwardPerExample)} forward${gradientPerExample === undefined ? '' : `, ${formatBytes(gradientPerExample)} with gradient`}`;
  return element('div', 'facts', ports('Inputs', inputs), ports('Outputs', outputs), size, list('Memory per Example', [perExample, element('span', 'quiet', `of ${shapes.map(formatAxes).join(', ')}`)]));
}

function notebookButton(): HTMLElement {
  const button = element('button', 'primary', 'New Notebook with This Model');
  button.addEventListener('click', () => post<InspectionToHost, 'openNotebook'>((message) => host.postMessage(message), 'openNotebook', {}));
  return button;
}

const ports = (title: string, all: readonly PortDescription[]): HTMLElement => list(title, [...all.map(({ name, dtype, shape }) => element('span', '', element('code', '', name), element('span', 'quiet', `  ${dtype} ${formatAxes(shape)}`))), ...problemsOf(all).map((text) => element('p', 'quiet', text))]);

const list = (title: string, items: readonly Child[]): HTMLElement => element('dl', '', element('dt', '', title), ...items.map((item) => element('dd', '', item)));

function attributable({ gradient, instead, outputs }: ModelInspection): HTMLElement[] {
  const place = instead === undefined ? [] : [element('p', '', `In place of '${outputs[0]?.name}', the layer `, element('code', '', instead), ', with the option output of loadModel:')];
  const items = gradient.inputs.map(({ name, differentiable, reason }) => verdict(differentiable, `Gradients reach the input '${name}'`, `Gradients do not reach the input '${name}'`, reason));
  const deepLift = verdict(gradient.deepLift === undefined, 'DeepLift', 'DeepLift', gradient.deepLift);
  const lrp = verdict(gradient.lrp === undefined, 'LRP with its default rules', 'LRP with its default rules', gradient.lrp);
  const perturbation = verdict(true, 'Perturbation methods: every input', '', undefined);
  return [element('h2', '', 'What Can Be Attributed'), ...place, element('ul', '', ...items, deepLift, lrp, perturbation)];
}

function verdict(isPossible: boolean, yes: string, no: string, reason: string | undefined): HTMLElement {
  const mark = element('span', 'mark', isPossible ? '✓' : '✗');
  mark.setAttribute('aria-label', isPossible ? 'Yes:' : 'No:');
  const text = element('span', '', isPossible ? yes : no, ...(reason ? [element('p', 'quiet', reason)] : []));
  return element('li', isPossible ? 'yes' : 'no', mark, text);
}

const DERIVATIVES: Readonly<Record<OperatorCount['derivative'], string>> = { yes: 'yes', zero: 'zero almost everywhere', no: 'no' };
const DEEP_LIFT: Readonly<Record<OperatorCount['deepLift'], string>> = { rule: 'own rule', gradient: 'gradient', no: 'no' };

function operators(counts: readonly OperatorCount[]): HTMLElement[] {
  const rows = counts.map(({ type, count, derivative, deepLift, lrp }) => {
    const number = element('td', 'number', String(count));
    return element('tr', '', element('td', 'name', type), number, ...[DERIVATIVES[derivative], DEEP_LIFT[deepLift], lrp ? 'yes' : 'no rule'].map((text) => element('td', '', text)));
  });
  return [element('h2', '', 'Operators'), table(['Type', 'Count', 'Derivative', 'DeepLift', 'LRP'], rows)];
}

function layers(all: readonly LayerDescription[]): HTMLElement[] {
  const filter = document.createElement('input');
  filter.type = 'search';
  filter.placeholder = 'Filter by name or operator';
  filter.setAttribute('aria-label', 'Filter layers');
  const count = element('span', 'quiet');
  count.setAttribute('role', 'status');
  const body = element('tbody', '');
  const drawn = table(['Name', 'Operator', 'Shape', ''], []);
  drawn.querySelector('tbody')?.replaceWith(body);
  const update = (): void => {
    const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const matching = all.filter(({ name, op }) => words.every((word) => `${name} ${op}`.toLowerCase().includes(word)));
    body.replaceChildren(...matching.slice(0, MOST_ROWS).map(layerRow));
    const rest = matching.length > MOST_ROWS ? `, the first ${MOST_ROWS} shown` : '';
    count.textContent = `${matching.length === all.length ? all.length : `${matching.length} of ${all.length}`} layers${rest}`;
  };
  filter.addEventListener('input', update);
  update();
  return [element('h2', '', 'Layers'), element('div', 'filter', filter, count), drawn];
}

function layerRow({ name, op, shape }: LayerDescription): HTMLElement {
  const copy = element('button', '', 'Copy');
  copy.title = 'Copy Layer Name';
  copy.setAttribute('aria-label', `Copy layer name ${name}`);
  copy.addEventListener('click', () => {
    post<InspectionToHost, 'copy'>((message) => host.postMessage(message), 'copy', { text: name });
    say(`Copied ${name}`);
  });
  return element('tr', '', element('td', 'name', name), element('td', '', op), element('td', 'name', formatAxes(shape)), element('td', 'copy', copy));
}

function table(header: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const head = element('tr', '', ...header.map((title) => element('th', title === 'Count' ? 'number' : '', title)));
  return element('table', '', element('thead', '', head), element('tbody', '', ...rows));
}

let silence: ReturnType<typeof setTimeout> | undefined;

function say(text: string): void {
  if (!said) return;
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => said.replaceChildren(), 2000);
}
