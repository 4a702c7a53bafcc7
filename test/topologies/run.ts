// npm run topologies [-- --light DIR] [--net NAME]
//
// Compares gradients of twelve architectures on every executor. Where Python has torch and torchvision, nets are exported
// anew, as users export them; otherwise those of the repository are used. With --light also the light_*.onnx models
// below DIR, which the Python package onnx has in onnx/backend/test/data/light; where Python has torch and onnx, torch runs
// them too.
//
// Prints for each how far logits and gradients are from torch's, the gradients of one example from those of a batch,
// logits and gradients of onnxruntime-web and of TensorFlow.js from onnxruntime-node's, and finite differences; all in
// relation to the largest value or to the whole length. Exits with 1 if one is too far.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OnnxRuntime } from '../../src/engine/runtime/onnxRuntime';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { createTfjsRuntime } from '../../src/engine/runtime/tfjsRuntime';
import { loadTfjs } from '../../src/engine/tfjs/loadTfjs';
import { difference, distance, distanceFromTorch, exampleOf, gradientsOf, outputOf } from './compare';
import { distanceAlongGradient, distanceAtSamples } from './finiteDifferences';
import { lightFiles, lightNet } from './light';
import { storedNet, storedNets, type Net, type TorchNet } from './nets';
import { exportNets, pythonWith } from './torch';

interface Executors {
  readonly native: Runtime;
  readonly others: Readonly<Record<string, Runtime>>;
}

/** How far gradients, and logits, may be. */
interface Limits {
  readonly gradients: number;
  readonly logits: number;
}

const SMALL: Limits = { gradients: 1e-4, logits: 1e-5 };
/**
 * Among millions of units, rounding turns some on or off, and each changes the gradient at once: a change of the inputs
 * in the last bit alone moves gradients of light_resnet50 by 0.0025 of their length, and its logits by 1.6e-5.
 */
const LARGE: Limits = { gradients: 0.02, logits: 2e-4 };

const ALONG_GRADIENT = 0.02;
const AT_SAMPLES = 0.15;
/** From where the function bends to where differences are lost in rounding. */
const STEPS = [2 ** -2, 2 ** -4, 2 ** -6, 2 ** -8, 2 ** -10, 2 ** -12, 2 ** -14];

interface Measure {
  readonly name: string;
  readonly apart: number;
  readonly limit: number;
}

async function examine(net: Net | TorchNet, { native, others }: Executors, limits: Limits): Promise<Measure[]> {
  const measures: Measure[] = [];
  const add = (name: string, apart: number, limit: number): unknown => measures.push({ name, apart, limit });
  const logits = await outputOf(net.model, net.inputs, native);
  const gradients = await gradientsOf(net, net.inputs, native);
  if ('reference' in net) {
    const apart = distanceFromTorch(net, logits, gradients);
    add('logits of torch', apart.logits, limits.logits);
    add('gradients of torch', apart.gradients, limits.gradients);
  }
  add('one example', distance((await gradientsOf(net, exampleOf(net.inputs, 0), native)).data, exampleOf(gradients, 0).data), limits.gradients);
  for (const [name, runtime] of Object.entries(others)) {
    add(`${name} logits`, difference((await outputOf(net.model, net.inputs, runtime)).data, logits.data), limits.logits);
    add(`${name} gradients`, distance((await gradientsOf(net, net.inputs, runtime)).data, gradients.data), limits.gradients);
  }
  add('finite differences along the gradient', await distanceAlongGradient(net, gradients, native, STEPS), ALONG_GRADIENT);
  add('at sampled inputs', await distanceAtSamples(net, gradients, native, STEPS), AT_SAMPLES);
  return measures;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { light: { type: 'string' }, net: { type: 'string', default: '' } } });
  const native = await OnnxRuntime.load();
  const tfjs = createTfjsRuntime((await loadTfjs()).tf);
  const executors: Executors = { native, others: { 'onnxruntime-web': await OnnxRuntime.loadWeb(), [tfjs.name]: tfjs } };
  const python = pythonWith('torch', 'torchvision');
  const pythonForLight = pythonWith('torch', 'onnx');
  const names = storedNets().filter((name) => name.includes(values.net));
  console.log(python === undefined ? 'Nets of the repository (no Python has torch).' : `Nets exported by ${python}.`);
  let [passed, failed] = [0, 0];
  const report = async (name: string, limits: Limits, open: () => Promise<Net | TorchNet>): Promise<void> => {
    const started = performance.now();
    try {
      const measures = await examine(await open(), executors, limits);
      const isFar = measures.some(({ apart, limit }) => !(apart < limit));
      if (isFar) failed++;
      else passed++;
      const shown = measures.map(({ name: measure, apart, limit }) => `${measure} ${apart.toExponential(1)}${apart < limit ? '' : ` (limit ${limit})`}`);
      console.log(`${isFar ? 'FAILED ' : ''}${name}: ${shown.join(', ')}; ${((performance.now() - started) / 1000).toFixed(0)} s`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const name of names) await report(name, SMALL, () => (python === undefined ? storedNet(name) : exportNets(python, [name]).then(([net]) => net)));
  for (const file of values.light === undefined ? [] : lightFiles(values.light).filter((light) => light.includes(values.net))) await report(path.basename(file, '.onnx'), LARGE, () => lightNet(file, native, pythonForLight));
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
