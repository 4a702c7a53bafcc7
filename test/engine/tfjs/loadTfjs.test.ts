import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { probe } from '../../../src/engine/tfjs/probe';
import type { Scenario } from './loadScenario';

const root = mkdtemp(path.join(tmpdir(), 'lens-packages-'));
after(async () => rm(await root, { recursive: true }));

const PURE = path.dirname(require.resolve('@tensorflow/tfjs/package.json'));

/** A stand-in for tfjs-node: the pure package under the name and backend of the native one. It needs what Node 23 removed from `util`, as the real one does. */
const standIn = (gpu: boolean): string => `
const util = require('util');
if (!util.isArray([]) || util.isNullOrUndefined(0)) throw new Error('util is incomplete');
const tf = require(${JSON.stringify(PURE)});
tf.registerBackend('tensorflow', () => Object.assign(Object.create(tf.findBackend('cpu')), { isUsingGpuDevice: ${gpu} }), 3);
for (const config of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...config, backendName: 'tensorflow' });
module.exports = tf;
`;

/** Writes a package into the node_modules of a fresh folder. */
async function install(folder: string, name: string, source: string): Promise<string> {
  const directory = path.join(await root, folder, 'node_modules', name);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'index.js' }));
  await writeFile(path.join(directory, 'index.js'), source);
  return path.join(await root, folder);
}

async function load(...folders: string[]): Promise<{ result: Scenario; stderr: string; stdout: string }> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', path.join(__dirname, 'loadScenario.ts'), ...folders], { cwd: path.join(__dirname, '../../..') });
  const lines = stdout.trim().split('\n');
  return { result: JSON.parse(lines[lines.length - 1]) as Scenario, stdout: lines.slice(0, -1).join('\n'), stderr };
}

const chosen = ({ status }: Scenario): string[] => status.filter((entry) => entry.chosen).map(({ name }) => name);
const reasonFor = ({ status }: Scenario, name: string): string | undefined => status.find((entry) => entry.name === name)?.reason;

test('without native packages, WebAssembly runs, and nothing is printed', async () => {
  const { result, stdout, stderr } = await load(await root);
  assert.deepEqual(chosen(result), ['@tensorflow/tfjs (wasm)']);
  assert.equal(result.backend, 'wasm');
  assert.deepEqual(result.product, [11]);
  assert.deepEqual(result.traced, ['Mul', 'Relu']);
  assert.equal(result.isSame, true);
  assert.deepEqual([stdout, stderr], ['', '']);
});

test('the crash listeners of WebAssembly are taken back', async () => {
  assert.equal((await load(await root)).result.crashListeners, 0);
});

test('tfjs-node is used where it works, and models are traced over its backend', async () => {
  const folder = await install('works', '@tensorflow/tfjs-node', standIn(false));
  const { result } = await load(folder);
  assert.deepEqual(chosen(result), ['@tensorflow/tfjs-node']);
  assert.equal(result.backend, 'tensorflow');
  assert.deepEqual(result.product, [11]);
  assert.deepEqual(result.traced, ['Mul', 'Relu']);
  assert.equal(result.status.find(({ name }) => name === '@tensorflow/tfjs-node')?.version, '4.22.0');
});

test('the GPU package comes first with a GPU, last of the native ones without', async () => {
  const withGpu = await install('gpu', '@tensorflow/tfjs-node-gpu', standIn(true));
  await install('gpu', '@tensorflow/tfjs-node', standIn(false));
  assert.deepEqual(chosen((await load(withGpu)).result), ['@tensorflow/tfjs-node-gpu']);
  const without = await install('no-gpu', '@tensorflow/tfjs-node-gpu', standIn(false));
  await install('no-gpu', '@tensorflow/tfjs-node', standIn(false));
  assert.deepEqual(chosen((await load(without)).result), ['@tensorflow/tfjs-node']);
});

test('a package that throws without a code is passed over, with its reason', async () => {
  const folder = await install('throws', '@tensorflow/tfjs-node', "throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found at path: x')");
  const { result } = await load(folder);
  assert.deepEqual(chosen(result), ['@tensorflow/tfjs (wasm)']);
  assert.match(reasonFor(result, '@tensorflow/tfjs-node') ?? '', /does not work: The Node.js native addon module/);
});

test('a package that crashes its process is passed over', async () => {
  const folder = await install('crashes', '@tensorflow/tfjs-node', 'process.abort()');
  const { result } = await load(folder);
  assert.deepEqual(chosen(result), ['@tensorflow/tfjs (wasm)']);
  assert.match(reasonFor(result, '@tensorflow/tfjs-node') ?? '', /its process ended with/);
});

test('the folders are searched in order', async () => {
  const broken = await install('first', '@tensorflow/tfjs-node', 'throw new Error("first")');
  const working = await install('second', '@tensorflow/tfjs-node', standIn(false));
  assert.match(reasonFor((await load(broken, working)).result, '@tensorflow/tfjs-node') ?? '', /first/);
  assert.deepEqual(chosen((await load(await root, working)).result), ['@tensorflow/tfjs-node']);
});

test('a package that hangs is given up, and one that computes wrongly is not used', async () => {
  const hanging = await install('hangs', '@tensorflow/tfjs-node', 'for (;;);');
  assert.deepEqual(await probe(path.join(hanging, 'node_modules/@tensorflow/tfjs-node'), 500), { works: false, reason: 'it did not answer within 0.5 seconds' });
  const wrong = await install('wrong', '@tensorflow/tfjs-node', standIn(false).replace('module.exports = tf;', 'module.exports = { ...tf, matMul: () => tf.zeros([2, 2]) };'));
  assert.deepEqual(await probe(path.join(wrong, 'node_modules/@tensorflow/tfjs-node')), { works: false, reason: 'it multiplies wrongly: 0,0,0,0' });
});

test('a probe is remembered until the package changes', async () => {
  const folder = await install('changes', '@tensorflow/tfjs-node', 'throw new Error("old")');
  const location = path.join(folder, 'node_modules/@tensorflow/tfjs-node');
  const first = probe(location);
  assert.equal(probe(location), first);
  assert.deepEqual(await first, { works: false, reason: 'old' });
  await rm(folder, { recursive: true });
  await install('changes', '@tensorflow/tfjs-node', 'throw new Error("new")');
  assert.deepEqual(await probe(location), { works: false, reason: 'new' });
});
