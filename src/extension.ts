import * as vscode from 'vscode';
import type { EngineRequests } from './protocol/engine';
import type { AttributionLensApi } from './protocol/extensionApi';
import { Algorithms } from './workbench/algorithms';
import { registerCommands, type CommandsView } from './workbench/commands';
import { EngineClient } from './workbench/engineClient';
import type { NotebookKernels } from './workbench/kernel/notebookKernels';
import { registerKernels } from './workbench/kernel/registerKernels';
import { processEnvironment } from './workbench/processEnvironment';
import { EndpointProcess } from './workbench/python/endpointProcess';

/** What the extension exports: the API for other extensions, and its parts for its tests. */
export interface Exports extends AttributionLensApi {
  engine: EngineClient<EngineRequests>;
  commands: CommandsView;
  kernels: NotebookKernels;
  endpoint: EndpointProcess;
}

/** Wires the parts together. The processes start with what is first asked of them. */
export function activate(context: vscode.ExtensionContext): Exports {
  const log = vscode.window.createOutputChannel('Attribution Lens', { log: true });
  const algorithms = new Algorithms(log);
  const engine = new EngineClient<EngineRequests>({
    script: context.asAbsolutePath('dist/engineProcess.js'),
    name: 'engine',
    env: processEnvironment(context),
    log: (line) => log.info(line),
    introduction: algorithms.introduction,
  });
  const endpoint = new EndpointProcess(context, log);
  context.subscriptions.push(log, engine, endpoint, algorithms, algorithms.attach(engine));
  const kernels = registerKernels(context, endpoint, log, algorithms);
  const commands = registerCommands({ context, engine, kernels, endpoint, log });
  return { apiVersion: 1, registerAlgorithm: (algorithm) => algorithms.register(algorithm), engine, commands, kernels, endpoint };
}
