import * as path from 'node:path';
import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { AttributionPanels } from '../panel/attributionPanels';
import { requireTrust } from '../trust/trust';
import { reportFailure } from './failures';
import type { MessageAction, Messages } from './messages';
import { pickMethodAndTarget } from './pickers';
import { withJobProgress } from './progress';
import type { Services } from './services';
import { IMAGE_FILTER } from './subject';

const TITLE = 'Attribute Image';

/** Attributes a class of the sample classifier to the pixels of an image file, and shows it in a panel. */
export async function attributeImage(uri: vscode.Uri, services: Services, messages: Messages, panels: AttributionPanels): Promise<void> {
  if (!requireTrust('Attribute Selection', messages)) return;
  const { engine } = services;
  const again = () => attributeImage(uri, services, messages, panels);
  const image = { path: uri.fsPath, modelFolder: vscode.Uri.joinPath(services.context.extensionUri, 'media/models/efficientnet-lite0').fsPath };
  const name = path.basename(uri.path);
  try {
    if (uri.scheme !== 'file') throw new LensError('invalid-argument', `Image '${name}' is not a file on this machine`);
    const choices = await withJobProgress(`Classifying ${name}`, ({ signal }) => engine.request('imageChoices', image, { signal }));
    const picked = await pickMethodAndTarget(choices, `${TITLE}: ${name}`, messages);
    if (!picked) return;
    const params = { ...image, method: picked.method, options: picked.options, target: picked.target?.[0] };
    const { output } = await withJobProgress(`Attributing ${name}`, (job) => engine.request('attributeImage', params, job));
    panels.show({ key: uri.toString(), title: name, output });
  } catch (error) {
    const choose = chooseImage((chosen) => attributeImage(chosen, services, messages, panels));
    reportFailure(error, services, messages, { retry: again, actions: { 'invalid-argument': choose, 'not-found': choose }, actionsSuffice: true });
  }
}

/** The next step where an image is missing or cannot be read. */
export function chooseImage(then: (uri: vscode.Uri) => unknown): MessageAction {
  return {
    label: 'Choose Another File…',
    run: async () => {
      const [chosen] = (await vscode.window.showOpenDialog({ filters: IMAGE_FILTER, title: TITLE })) ?? [];
      if (chosen) await then(chosen);
    },
  };
}
