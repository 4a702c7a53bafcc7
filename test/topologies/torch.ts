import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { exportedNet, type TorchNet } from './nets';

/** The first Python that has torch and torchvision, the system's own before others; undefined when there is none. */
export const pythonWithTorch = (): string | undefined => ['/usr/bin/python3', 'python3', 'python'].find((command) => spawnSync(command, ['-c', 'import torch, torchvision']).status === 0);

/** Exports nets as users of torch do, for one example, with their logits and gradients (export.py). */
export async function exportNets(python: string, names: readonly string[]): Promise<TorchNet[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'attribution-lens-nets-'));
  try {
    await promisify(execFile)(python, [path.join(__dirname, 'export.py'), folder, ...names], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' } });
    return await Promise.all(names.map((name) => exportedNet(folder, name)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
