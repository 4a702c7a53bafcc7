// npm run topologies [-- --light DIR] [--net NAME]
//
// Compares gradients of twelve architectures on every executor. Where Python has torch and torchvision, nets are exported
// anew, as users export them; otherwise those of the repository are used. With --light also the light_*.onnx models
// below DIR, which the Python package onnx has in onnx/backend/test/data/light.
//
// Prints for each how far logits and gradients are from torch's, the gradients of one example from those of a batch, of
// onnxruntime-web and of TensorFlow.js from onnxruntime-node's, and finite differences; all in relation to the largest.
// Exits with 1 if one is too far.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OnnxRuntime } from '../../src/engine/runtime/onnxRuntime';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { createTfjsRuntime } from '../../src/engine/runtime/tfjsRuntime';
import { loadTfjs } from '../../src/engine/tfjs/loadTfjs';
import { difference, distance, distanceFromFiniteDifferences, distanceFromTorch, exampleOf, gradientsOf, outputOf } from './compare';
import { lightFiles, lightNet } from './light';
import { storedNet, storedNets, type Net, type TorchNet } from './nets';
import { exportNets, pythonWithTorch } from './torch';

interface Executors {
  readonly native: Runtime;
  readonly others: Readonly<Record<string, Runtime>>;
}

/** What may be how far: rounding, and the curvature of the function for finite differences. */
interface Limits {
  readonly rounding: number;
  readonly 'finite differences': number;
}

const SMALL: Limits = { rounding: 1e-4, 'finite differences': 0.02 };
/** Among millions of units, rounding turns some on or off. */
const LARGE: Limits = { rounding: 0.02, 'finite differences': 0.05 };

/** Deep random nets bend so much that small steps are needed, and shallow ones so little that small steps are lost in rounding. */
const STEPS = [2 ** -6, 2 ** -10, 2 ** -14];

async function inTurn<T, R>(items: readonly T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await action(item));
  return results;
}

/** The measures of one net. */
async function examine(net: Net | TorchNet, { native, others }: Executors): Promise<Record<string, number>> {
  const gradients = await gradientsOf(net, net.inputs, native);
  const measures: Record<string, number> = {};
  if ('reference' in net) {
    const apart = distanceFromTorch(net, await outputOf(net.model, net.inputs, native), gradients);
    Object.assign(measures, { 'logits of torch': apart.logits, 'gradients of torch': apart.gradients });
  }
  measures['one example'] = difference((await gradientsOf(net, exampleOf(net.inputs, 0), native)).data, exampleOf(gradients, 0).data);
  for (const [name, runtime] of Object.entries(others)) measures[name] = distance((await gradientsOf(net, net.inputs, runtime)).data, gradients.data);
  measures['finite differences'] = Math.min(...(await inTurn(STEPS, (step) => distanceFromFiniteDifferences(net, gradients, native, step))));
  return measures;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { light: { type: 'string' }, net: { type: 'string', default: '' } } });
  const native = await OnnxRuntime.load();
  const tfjs = createTfjsRuntime((await loadTfjs()).tf);
  const executors: Executors = { native, others: { 'onnxruntime-web': await OnnxRuntime.loadWeb(), [tfjs.name]: tfjs } };
  const python = pythonWithTorch();
  const names = storedNets().filter((name) => name.includes(values.net));
  console.log(python === undefined ? 'Nets of the repository (no Python has torch).' : `Nets exported by ${python}.`);
  let [passed, failed] = [0, 0];
  const report = async (name: string, limits: Limits, open: () => Promise<Net | TorchNet>): Promise<void> => {
    try {
      const measures = await examine(await open(), executors);
      const isFar = Object.entries(measures).some(([measure, apart]) => !(apart < (measure === 'finite differences' ? limits[measure] : limits.rounding)));
      if (isFar) failed++;
      else passed++;
      console.log(`${isFar ? 'FAILED ' : ''}${name}: ${Object.entries(measures).map(([measure, apart]) => `${measure} ${apart.toExponential(1)}`).join(', ')}`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const name of names) await report(name, SMALL, () => (python === undefined ? storedNet(name) : exportNets(python, [name]).then(([net]) => net)));
  for (const file of values.light === undefined ? [] : lightFiles(values.light).filter((light) => light.includes(values.net))) await report(path.basename(file, '.onnx'), LARGE, () => lightNet(file, native));
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
