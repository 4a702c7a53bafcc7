import { join } from 'node:path';
import type { EngineRequests } from '../protocol/engine';
import type { KernelRequests } from '../protocol/kernel';
import { serve, type RequestHandlers } from '../engine/requests/serve';
import { Kernel } from './kernel';
import { complete, type CompletionSources } from './language/complete';
import { inspectAt } from './language/inspect';
import { ModuleLoader } from './modules/moduleLoader';
import { Interruption } from './session/interruption';
import { redirectRequire } from './session/tensorflow';

/** The stream on which the extension host interrupts. */
const INTERRUPT_FILE_DESCRIPTOR = 4;

redirectRequire();
const builtinNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));
const folder = process.cwd();
const interruption = new Interruption();
const kernel = new Kernel({
  loader: new ModuleLoader(folder, join(__dirname, 'moduleHooks.js')),
  interruption,
  api: {},
  describeResult: () => undefined,
  kernelFile: __filename,
});
const sources: CompletionSources = { repl: kernel.repl, folder, apiNames: ['tf', 'display', 'require', 'console'], builtinNames, optionsOf: () => [] };

process.on('uncaughtException', (error) => kernel.reportStray(error));
process.on('unhandledRejection', (error) => kernel.reportStray(error));
process.on('exit', () => kernel.output.flush());
kernel.output.capture();
interruption.listen(join(__dirname, 'interruptWorker.js'), INTERRUPT_FILE_DESCRIPTOR);

const handlers: RequestHandlers<Omit<KernelRequests, keyof EngineRequests | 'modelsInScope' | 'expressionChoices' | 'attributeExpression'>> = {
  execute: (params, { event }) => kernel.execute(params, event),
  complete: (params) => complete(params, sources),
  inspect: (params) => inspectAt(kernel.repl, params),
};
serve(handlers);
