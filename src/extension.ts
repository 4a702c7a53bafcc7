import * as vscode from 'vscode';
import type { EngineRequests } from './protocol/engine';
import { registerCommands, type CommandsView } from './workbench/commands';
import { EngineClient } from './workbench/engineClient';
import type { NotebookKernels } from './workbench/kernel/notebookKernels';
import { registerKernels } from './workbench/kernel/registerKernels';
import { processEnvironment } from './workbench/processEnvironment';
import { EndpointProcess } from './workbench/python/endpointProcess';

/** What the extension exports, for its tests. */
export interface Exports {
  engine: EngineClient<EngineRequests>;
  commands: CommandsView;
  kernels: NotebookKernels;
  endpoint: EndpointProcess;
}

/** Wires the parts together. The processes start with what is first asked of them. */
export function activate(context: vscode.ExtensionContext): Exports {
  const log = vscode.window.createOutputChannel('Attribution Lens', { log: true });
  const engine = new EngineClient<EngineRequests>({
    script: context.asAbsolutePath('dist/engineProcess.js'),
    name: 'engine',
    env: processEnvironment(context),
    log: (line) => log.info(line),
  });
  const endpoint = new EndpointProcess(context, log);
  context.subscriptions.push(log, engine, endpoint);
  const kernels = registerKernels(context, endpoint, log);
  const commands = registerCommands({ context, engine, kernels, endpoint, log });
  return { engine, commands, kernels, endpoint };
}
