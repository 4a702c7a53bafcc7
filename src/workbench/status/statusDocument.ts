import type { EndpointStatus } from '../../protocol/endpoint';
import type { ComponentStatus, EngineStatus } from '../../protocol/engine';

/**
 * The status of the engine as a Markdown document: what was found, what was chosen and why.
 *
 * @param python The status of the process that serves Python; undefined while it does not run.
 */
export function statusDocument(status: EngineStatus, python: EndpointStatus | undefined, versions: { extension: string; vscode: string }): string {
  const { pid, node, platform, residentBytes } = status.process;
  return [
    '# Attribution Lens: Engine Status',
    '',
    `Attribution Lens ${versions.extension}, VS Code ${versions.vscode}. The engine is process ${pid}: Node.js ${node.replace(/^v/, '')} on ${platform}, ${Math.round(residentBytes / 2 ** 20)} MB of memory.`,
    '',
    '## What Runs Graphs',
    '',
    'Every attribution becomes one graph of forward and backward operators. The first runtime of this list that works here runs it.',
    '',
    ...table(status.runtimes),
    '',
    '## What Runs TensorFlow.js Models',
    '',
    'A TensorFlow.js model runs once with one of these packages, to record its operators. The native ones come with **Attribution Lens: Install TensorFlow.js for Node (GPU)**.',
    '',
    ...table(status.tensorflow),
    '',
    '## Python',
    '',
    ...pythonSection(python),
    '',
    'If the engine does not answer, run **Attribution Lens: Restart Engine**. Its messages are in the output channel "Attribution Lens".',
    '',
  ].join('\n');
}

function pythonSection(status: EndpointStatus | undefined): string[] {
  if (!status?.port) return ['Not listening: the engine that serves Python starts when a Python kernel is connected.'];
  const where = `Listening on port ${status.port} of this machine, for processes of this user that can read ${cell(status.file ?? '')}.`;
  if (status.clients.length === 0) return [where, '', 'No Python process is connected.'];
  return [where, '', '| Connected | Folder | Calls Running |', '|---|---|---|', ...status.clients.map(({ description, folder, running }) => `| ${cell(description)} | ${cell(folder)} | ${running} |`)];
}

function table(components: readonly ComponentStatus[]): string[] {
  if (components.length === 0) return ['None was looked for.'];
  return [
    '| | Name | Version | Why |',
    '|---|---|---|---|',
    ...components.map(({ name, version, available, chosen, reason }) => `| ${chosen ? '**used**' : available ? 'available' : 'not available'} | ${cell(name)} | ${cell(version ?? '')} | ${cell(reason)} |`),
  ];
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|\\`*_<>[\]]/g, '\\$&');
}
