// npm run captum [-- --only TEXT] [--captum FOLDER] [--python COMMAND]
//
// Runs every algorithm under Captum's import and under ours, and compares results (compareWithCaptum.py). Captum must be
// installed, or lie in FOLDER.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPython, MissingPython } from '../bench/captum/python';
import { ROOT, startEngine } from './ownEngine';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, captum: { type: 'string' }, python: { type: 'string' } } });
  if (values.captum !== undefined) process.env.PYTHONPATH = [path.resolve(values.captum), ...(process.env.PYTHONPATH ? [process.env.PYTHONPATH] : [])].join(path.delimiter);
  const { command, versions } = findPython(values.python);
  console.log(Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', '));
  execFileSync(process.execPath, [path.join(ROOT, 'esbuild.mjs')], { cwd: ROOT });
  const engine = await startEngine();
  const { PYTHONPATH = '' } = process.env;
  const env = { ...process.env, ...engine.env, PYTHONPATH: [engine.env.PYTHONPATH, PYTHONPATH].join(path.delimiter) };
  const child = spawn(command, [path.join(__dirname, 'compareWithCaptum.py'), '--only', values.only], { stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  await engine.stop();
  return code ?? 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof MissingPython ? error.message : error);
    process.exit(1);
  },
);
