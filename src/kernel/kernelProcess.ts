import { join } from 'node:path';
import type { KernelRequests } from '../protocol/kernel';
import { api } from '../engine/api';
import { offerAlgorithms } from '../engine/attribution/catalogue/ownAlgorithms';
import { engineHandlers, job } from '../engine/requests/engineHandlers';
import { describeResult } from '../engine/requests/outputs';
import { serve, type RequestHandlers } from '../engine/requests/serve';
import { algorithmsInScope } from './algorithmsInScope';
import { attributeExpression, expressionChoices, modelsInScope } from './attributeExpression';
import { Kernel } from './kernel';
import { complete, type CompletionSources } from './language/complete';
import { optionsOf } from './language/apiOptions';
import { inspectAt } from './language/inspect';
import { ModuleLoader } from './modules/moduleLoader';
import { Interruption } from './session/interruption';
import { redirectRequire } from './session/tensorflow';

/** The stream on which the extension host interrupts. */
const INTERRUPT_FILE_DESCRIPTOR = 4;

redirectRequire();
const folder = process.cwd();
const interruption = new Interruption();
const kernel = new Kernel({
  loader: new ModuleLoader(folder, join(__dirname, 'moduleHooks.js')),
  interruption,
  api,
  describeResult,
  kernelFile: __filename,
});
offerAlgorithms(() => algorithmsInScope(kernel));
const sources: CompletionSources = { repl: kernel.repl, folder, apiNames: ['tf', 'display', 'require', 'console', ...Object.keys(api)], variables: () => kernel.variables(), optionsOf };

process.on('uncaughtException', (error) => kernel.reportStray(error));
process.on('unhandledRejection', (error) => kernel.reportStray(error));
process.on('exit', () => kernel.output.flush());
kernel.output.capture();
interruption.listen(join(__dirname, 'interruptWorker.js'), INTERRUPT_FILE_DESCRIPTOR);

const handlers: RequestHandlers<KernelRequests> = {
  ...engineHandlers,
  execute: (params, { event, progress }) => kernel.execute(params, event, progress),
  complete: (params) => complete(params, sources),
  inspect: (params) => inspectAt(kernel.repl, params),
  modelsInScope: () => modelsInScope(kernel),
  expressionChoices: job((params) => expressionChoices(kernel, params)),
  attributeExpression: job((params) => attributeExpression(kernel, params)),
};
serve(handlers);
