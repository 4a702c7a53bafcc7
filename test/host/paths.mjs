// The folders that the scripts of this directory share.
import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** The root of the checkout, which is also the folder of the extension. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** Everything that is downloaded or made while running: ignored by git and left out of the package. */
export const cache = path.join(root, '.vscode-test');

/** The name that VS Code knows the extension by. */
export const extensionId = 'attribution-lens.attribution-lens';
