// npm run captum [-- --only TEXT] [--captum FOLDER] [--python COMMAND]
//
// Runs every algorithm under Captum's import and under ours, and compares results (compareWithCaptum.py). Captum must be
// installed, or lie in FOLDER.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPython, MissingPython } from '../bench/captum/python';

const root = path.resolve(__dirname, '../..');

function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, captum: { type: 'string' }, python: { type: 'string' } } });
  if (values.captum !== undefined) process.env.PYTHONPATH = [path.resolve(values.captum), ...(process.env.PYTHONPATH ? [process.env.PYTHONPATH] : [])].join(path.delimiter);
  const { command, versions } = findPython(values.python);
  console.log(Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', '));
  execFileSync(process.execPath, [path.join(root, 'esbuild.mjs')], { cwd: root });
  const child = spawn(command, ['-B', path.join(__dirname, 'compareWithCaptum.py'), '--only', values.only], {
    stdio: 'inherit',
    env: { ...process.env, ATTRIBUTION_LENS_ENGINE: path.join(root, 'dist/endpoint.js'), ATTRIBUTION_LENS_NODE: process.execPath },
  });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

Promise.resolve()
  .then(main)
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof MissingPython ? error.message : error);
      process.exit(1);
    },
  );
