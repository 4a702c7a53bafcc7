// Finds the tests of a stage.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

/**
 * @param {string} suffix how the files' names end.
 * @param {(folder: string) => boolean} accept whether the files below a folder of test/ belong to the stage.
 * @returns {string[]} paths relative to the root.
 */
export function findTests(suffix, accept) {
  return fs.readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith(suffix) && accept(file.split('/')[0]))
    .map((file) => `test/${file}`)
    .sort();
}
