import type { ModelInspection, PortDescription } from '../../protocol/engine';

/** `1.2 MB` */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** `[?, 3, 224, 224]` */
export const formatAxes = (shape: readonly number[]): string => `[${shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ')}]`;

/** `boxes, labels cannot be attributed: ...`, one for each reason. */
export function problemsOf(outputs: readonly PortDescription[]): string[] {
  const names = new Map<string, string[]>();
  for (const { name, problem } of outputs) if (problem !== undefined) names.set(problem, [...(names.get(problem) ?? []), name]);
  return [...names].map(([problem, list]) => `${list.join(', ')} cannot be attributed: ${problem}`);
}

/** What Inspect Model found, as text for a terminal. */
export function textOf(found: ModelInspection): string {
  const { name, format, notes, inputs, outputs, instead, problem, parameters, shapes, layers, operators, gradient, memory } = found;
  const ports = (list: ModelInspection['inputs']): string[] => list.map((port) => `  ${port.name}  ${port.dtype} ${formatAxes(port.shape)}`);
  const head = [`${name} (${format})`, ...notes.map((note) => `  ${note}`), 'Inputs', ...ports(inputs), 'Outputs', ...ports(outputs), ...problemsOf(outputs).map((text) => `  ${text}`)];
  if (problem) return [...head, `Cannot be attributed: ${problem.message} [${problem.code}]`, ...(problem.nextStep ? [`  ${problem.nextStep}`] : [])].join('\n');
  const { gradientPerExample } = memory;
  return [
    ...head,
    ...(instead === undefined ? [] : [`Attributed in place of ${outputs[0]?.name}`, `  ${instead}`]),
    `Parameters  ${parameters.toLocaleString('en')} (${formatBytes(memory.weights)})`,
    `Memory per example, of ${shapes.map(formatAxes).join(', ')}`,
    `  forward  ${formatBytes(memory.forwardPerExample)}`,
    ...(gradientPerExample === undefined ? [] : [`  with gradient  ${formatBytes(gradientPerExample)}`]),
    `Gradients${gradient.output === undefined ? '' : ` of ${gradient.output}`}`,
    ...gradient.inputs.map((input) => `  ${input.name}  ${input.differentiable ? 'yes' : `no: ${input.reason ?? ''}`}`),
    `  DeepLift  ${gradient.deepLift === undefined ? 'yes' : `no: ${gradient.deepLift}`}`,
    `  LRP  ${gradient.lrp === undefined ? 'yes' : `no: ${gradient.lrp}`}`,
    'Operators',
    ...table([['type', 'count', 'derivative', 'DeepLift', 'LRP'], ...operators.map(({ type, count, derivative, deepLift, lrp }) => [type, String(count), derivative, deepLift, lrp ? 'yes' : 'no'])]),
    'Layers',
    ...table(layers.map((layer) => [layer.name, layer.op, formatAxes(layer.shape)])),
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((width, row) => Math.max(width, row[column].length), 0));
  return rows.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd()}`);
}
