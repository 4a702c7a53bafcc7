import * as path from 'node:path';
import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import { reportFailure } from '../commands/failures';
import type { Messages } from '../commands/messages';
import { withJobProgress } from '../commands/progress';
import type { Services } from '../commands/services';
import { requireTrust } from '../trust/trust';
import type { InspectionPanels } from './inspectionPanels';

/** File name endings of models, for file dialogs. */
const MODEL_FILTER = { Models: ['onnx', 'keras', 'h5', 'hdf5', 'json'] };

const MODEL_FILE = /\.(onnx|keras|h5|hdf5)$|(^|\/)model\.json$/i;

/** Shows what a model file holds: that of the explorer, the one in front, or one that is chosen. */
export async function inspectModel(argument: unknown, services: Services, messages: Messages, panels: InspectionPanels): Promise<void> {
  if (!requireTrust('Inspect Model', messages)) return;
  const uri = argument instanceof vscode.Uri ? argument : (activeModel() ?? (await choose()));
  if (!uri) return;
  const name = path.basename(uri.path);
  try {
    if (uri.scheme !== 'file') throw new LensError('invalid-argument', `Model '${name}' is not a file on this machine`);
    const found = await withJobProgress(`Inspecting ${name}`, (job) => services.engine.request('inspectModel', { path: uri.fsPath }, job));
    panels.show(uri, found);
  } catch (error) {
    const another = {
      label: 'Choose Another File…',
      run: async () => {
        const chosen = await choose();
        if (chosen) await inspectModel(chosen, services, messages, panels);
      },
    };
    reportFailure(error, services, messages, {
      retry: () => inspectModel(uri, services, messages, panels),
      actions: { 'invalid-argument': another, 'invalid-model': another, 'not-found': another, 'unsupported-operator': another },
    });
  }
}

function activeModel(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isFile = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom;
  return isFile && MODEL_FILE.test(input.uri.path) ? input.uri : undefined;
}

async function choose(): Promise<vscode.Uri | undefined> {
  const [chosen] = (await vscode.window.showOpenDialog({ filters: MODEL_FILTER, title: 'Inspect Model', openLabel: 'Inspect' })) ?? [];
  return chosen;
}
