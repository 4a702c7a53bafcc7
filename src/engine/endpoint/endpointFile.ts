import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LensError } from '../../protocol/errors';
import type { EndpointFile } from '../../protocol/endpoint';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const OTHERS = 0o077;
const isWindows = process.platform === 'win32';

/** Where endpoint files lie: the user's runtime folder, which ends with the user's login, else the home folder. */
export function endpointFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (isWindows) return path.join(env.LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local'), 'attribution-lens');
  const runtime = env.XDG_RUNTIME_DIR;
  if (runtime && path.isAbsolute(runtime) && isOwn(runtime)) return path.join(runtime, 'attribution-lens');
  return path.join(os.homedir(), '.attribution-lens', 'endpoints');
}

/**
 * Writes an endpoint file that only this user can read, in a folder that only this user can open. It appears whole or
 * not at all.
 *
 * @throws LensError `runtime-failure` when the folder belongs to someone else or others can enter it.
 */
export function writeEndpointFile(file: string, content: EndpointFile): void {
  const folder = path.dirname(file);
  fs.mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  requirePrivate(folder);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  fs.writeFileSync(draft, JSON.stringify(content), { flag: 'wx', mode: PRIVATE_FILE });
  fs.renameSync(draft, file);
}

/** Removes an endpoint file, unless another process has written it anew. */
export function removeEndpointFile(file: string, pid: number = process.pid): void {
  if (readPid(file)?.pid === pid) fs.rmSync(file, { force: true });
}

/** Removes the files of processes of this machine that ended without doing so. */
export function removeStaleFiles(folder: string): void {
  for (const name of namesIn(folder).filter((each) => /^\d+\.json$/.test(each))) {
    const found = readPid(path.join(folder, name));
    if (found?.host === os.hostname() && !isAlive(found.pid)) fs.rmSync(path.join(folder, name), { force: true });
  }
}

function requirePrivate(folder: string): void {
  if (isWindows) return; // below the user's profile, which others cannot read
  const info = fs.lstatSync(folder);
  if (!info.isDirectory() || info.uid !== process.getuid?.()) throw new LensError('runtime-failure', `The folder of the endpoint file must be a folder of this user, ${folder} is not`);
  if ((info.mode & OTHERS) !== 0) fs.chmodSync(folder, PRIVATE_FOLDER);
}

function isOwn(folder: string): boolean {
  try {
    return fs.statSync(folder).uid === process.getuid?.();
  } catch {
    return false;
  }
}

function readPid(file: string): Pick<EndpointFile, 'pid' | 'host'> | undefined {
  try {
    const content = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<EndpointFile>;
    return typeof content.pid === 'number' && typeof content.host === 'string' ? { pid: content.pid, host: content.host } : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
