import * as vscode from 'vscode';
import { TokenDecorations } from '../decorations/tokenDecorations';
import { registerPythonHover } from '../hovers/pythonHover';
import { inspectModel } from '../inspection/inspectModel';
import { InspectionPanels } from '../inspection/inspectionPanels';
import { AttributionPanels } from '../panel/attributionPanels';
import { installTfjsNode } from '../status/installTfjsNode';
import { onDidChangeProcessSettings } from '../processEnvironment';
import { attributeVariable } from '../python/attributeVariable';
import { connectPythonKernel } from '../python/connectPythonKernel';
import { registerOffersToConnect } from '../python/offerToConnect';
import { PythonKernels } from '../python/pythonKernels';
import { StatusView } from '../status/showStatus';
import { requireTrust } from '../trust/trust';
import { attributeSelection } from './attributeSelection';
import { reportFailure } from './failures';
import { Messages } from './messages';
import { openSample } from './openSample';
import type { Services } from './services';

/** What the commands have put on the screen, for tests. */
export interface CommandsView {
  readonly messages: Messages;
  readonly panels: AttributionPanels;
  readonly inspections: InspectionPanels;
  readonly decorations: TokenDecorations;
  readonly python: PythonKernels;
}

/** Registers every command of the extension; what they open is disposed with the extension. */
export function registerCommands(services: Services): CommandsView {
  const { context, engine, endpoint, log } = services;
  const messages = new Messages(log);
  const decorations = new TokenDecorations();
  const panels = new AttributionPanels(context.extensionUri, engine);
  const inspections = new InspectionPanels(context.extensionUri);
  const python = new PythonKernels(context, endpoint, log);
  const status = new StatusView(services);
  const commands: Record<string, (argument: unknown) => unknown> = {
    attributeSelection: (argument) => attributeSelection(argument, services, messages, panels, decorations, python),
    attributeVariable: (argument) => attributeVariable(argument, python, services, messages),
    connectPythonKernel: () => connectPythonKernel(python, messages),
    clearDecorations: () => decorations.clear(),
    inspectModel: (argument) => inspectModel(argument, services, messages, inspections),
    showStatus: async () => {
      if (requireTrust('Show Engine Status', messages)) await status.show();
    },
    restartEngine: async () => {
      if (!requireTrust('Restart Engine', messages)) return;
      await Promise.all([engine.restart(), endpoint.restart()]);
      messages.show('information', 'The engine was restarted.', { label: 'Show Engine Status', run: () => status.show() });
    },
    openSample: (argument) => openSample(context, argument),
    installTfjsNode: () => installTfjsNode(services, messages),
  };
  const settings = onDidChangeProcessSettings(() => {
    messages.show('information', 'The runtime setting takes effect when the engine and the kernels of notebooks restart.', { label: 'Restart Engine', run: () => engine.restart() });
  });
  const registrations = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`attributionLens.${name}`, async (argument: unknown) => {
      try {
        await run(argument);
      } catch (error) {
        reportFailure(error, services, messages, { retry: () => vscode.commands.executeCommand(`attributionLens.${name}`, argument) });
      }
    }),
  );
  context.subscriptions.push(messages, decorations, panels, inspections, python, registerPythonHover(python), registerOffersToConnect(python, messages), status, settings, ...registrations);
  return { messages, panels, inspections, decorations, python };
}
