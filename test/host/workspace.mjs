// Scratch copies of files, so that nothing that VS Code saves changes the checkout.
import fs from 'node:fs';
import path from 'node:path';
import { cache, root } from './paths.mjs';

/** The samples that are shipped with the extension. */
export const samples = path.join(root, 'media/samples');

/**
 * Copies a folder, or a folder with nothing but one file, to a scratch folder below the cache, where imports still find
 * the packages of this checkout.
 *
 * @param {string} source a folder or a file.
 * @returns {{ folder: string, remove: () => void }}
 */
export function copyToScratch(source) {
  fs.mkdirSync(path.join(cache, 'scratch'), { recursive: true });
  const parent = fs.mkdtempSync(path.join(cache, 'scratch', 'run-'));
  const single = !fs.statSync(source).isDirectory();
  const folder = path.join(parent, single ? 'workspace' : path.basename(source));
  fs.cpSync(source, single ? path.join(folder, path.basename(source)) : folder, {
    recursive: true, filter: (file) => !/[\\/](node_modules|\.git)$/.test(file),
  });
  return { folder, remove: removeAtExit(parent) };
}

/** Sees to it that a folder is gone when this process ends, and returns the function that removes it earlier. */
export function removeAtExit(folder) {
  const remove = () => {
    process.off('exit', remove);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.once('exit', remove);
  return remove;
}
