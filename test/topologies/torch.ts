import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { exportedNet, referenceIn, type Reference, type TorchNet } from './nets';

/** The first Python that has these packages, the system's own before others; undefined when there is none. */
export const pythonWith = (...packages: string[]): string | undefined => ['/usr/bin/python3', 'python3', 'python'].find((command) => spawnSync(command, ['-c', `import ${packages.join(', ')}`]).status === 0);

/** Exports nets as users of torch do, for one example, with their logits and gradients (export.py). */
export const exportNets = (python: string, names: readonly string[]): Promise<TorchNet[]> =>
  inFolder(async (folder) => {
    await runPython(python, 'export.py', [folder, ...names]);
    return Promise.all(names.map((name) => exportedNet(folder, name)));
  });

/** What torch computes for the bytes of an ONNX file for one example (light.py). */
export const torchReference = (python: string, name: string, bytes: Uint8Array): Promise<Reference> =>
  inFolder(async (folder) => {
    const file = path.join(folder, `${name}.onnx`);
    writeFileSync(file, bytes);
    await runPython(python, 'light.py', [file, name, path.join(folder, `${name}.json`)]);
    return referenceIn(folder, name);
  });

const runPython = (python: string, script: string, args: readonly string[]): Promise<unknown> =>
  promisify(execFile)(python, [path.join(__dirname, script), ...args], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' } });

async function inFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'attribution-lens-nets-'));
  try {
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
