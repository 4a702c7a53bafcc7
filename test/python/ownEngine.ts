import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The repository. */
export const ROOT = path.resolve(__dirname, '../..');

/** An engine for Python tests alone, whatever windows are open besides. */
export interface OwnEngine {
  /** What Python needs in its environment to use this engine. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts the engine of dist/. */
export async function startEngine(): Promise<OwnEngine> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'python-'));
  const file = path.join(folder, 'endpoint.json');
  const script = path.join(ROOT, 'dist/endpoint.js');
  const engine = spawn(process.execPath, [script, '--stdio-file', file], { stdio: ['pipe', 'ignore', 'inherit'] });
  while (!existsSync(file)) {
    if (engine.exitCode !== null) throw new Error(`the engine ended with ${engine.exitCode} before it listened`);
    await sleep(20);
  }
  return {
    env: { PYTHONPATH: path.join(ROOT, 'media/python'), PYTHONDONTWRITEBYTECODE: '1', ATTRIBUTION_LENS_ENDPOINT: file, ATTRIBUTION_LENS_ENGINE: script, ATTRIBUTION_LENS_NODE: process.execPath },
    async stop() {
      engine.stdin.end();
      if (engine.exitCode === null) await once(engine, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
