import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a native package of TensorFlow.js showed when it was loaded in a process of its own. */
export type Probe = { readonly works: true; readonly gpu: boolean } | { readonly works: false; readonly reason: string };

const TIME_LIMIT = 20_000;
const MARK = 'attribution-lens-probe:';

/** Loads the package, multiplies two matrices, and says whether a GPU did it. Runs under `node -e`. */
const SCRIPT = `
const util = require('node:util');
if (!util.isNullOrUndefined) util.isNullOrUndefined = (value) => value === null || value === undefined;
if (!util.isArray) util.isArray = Array.isArray;
const report = (result) => console.log(${JSON.stringify(MARK)} + JSON.stringify(result));
(async () => {
  const tf = require(process.argv[1]);
  await tf.ready();
  const product = await tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).data();
  if (String(Array.from(product)) !== '19,22,43,50') throw new Error('it multiplies wrongly: ' + Array.from(product));
  if (tf.getBackend() !== 'tensorflow') throw new Error('its native backend is missing, it uses ' + tf.getBackend());
  report({ works: true, gpu: tf.backend().isUsingGpuDevice === true });
})().catch((error) => report({ works: false, reason: String((error && error.message) || error) }));
`;

const known = new Map<string, Promise<Probe>>();

/**
 * Tries a native package in a child process, so that a crash, a hang or a missing library costs nothing here. The result
 * is remembered for this process, until the package changes.
 */
export function probe(packageFolder: string, timeLimit = TIME_LIMIT): Promise<Probe> {
  const key = [packageFolder, ...[packageFolder, `${packageFolder}/package.json`, `${packageFolder}/lib`].map(changed)].join(' ');
  const result = known.get(key) ?? run(packageFolder, timeLimit);
  known.set(key, result);
  return result;
}

const changed = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function run(packageFolder: string, timeLimit: number): Promise<Probe> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', SCRIPT, packageFolder], {
      cwd: dirname(packageFolder),
      // No options of a debugger that is attached to this process.
      env: { ...process.env, NODE_OPTIONS: undefined, ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '2' },
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    let output = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ works: false, reason: `it did not answer within ${timeLimit / 1000} seconds` });
    }, timeLimit);
    child.stdout.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-100_000)));
    child.on('error', (error) => settle({ works: false, reason: error.message }));
    child.on('close', (code, signal) => settle(reported(output) ?? { works: false, reason: `its process ended with ${signal ?? `code ${code}`}` }));
    const settle = (result: Probe): void => {
      clearTimeout(timer);
      resolve(result);
    };
  });
}

function reported(output: string): Probe | undefined {
  const line = output.split('\n').find((text) => text.startsWith(MARK));
  if (!line) return undefined;
  const result: unknown = JSON.parse(line.slice(MARK.length));
  if (typeof result !== 'object' || result === null) return undefined;
  if ('works' in result && result.works === true) return { works: true, gpu: 'gpu' in result && result.gpu === true };
  return { works: false, reason: 'reason' in result ? String(result.reason).split('\n')[0] : 'no reason given' };
}
