// Run in a process of its own by loadTfjs.test.ts: loads TensorFlow.js, seen from the folders given as arguments.
import type * as tfjs from '@tensorflow/tfjs';
import { tfjsModel } from '../../../src/engine/models/tfjs/tfjsModel';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';

export interface Scenario {
  status: { name: string; version?: string; available: boolean; chosen: boolean; reason: string }[];
  backend: string;
  product: number[];
  traced: string[];
  crashListeners: number;
  isSame: boolean;
}

async function main(): Promise<void> {
  const listeners = (): number => process.listenerCount('unhandledRejection') + process.listenerCount('uncaughtException');
  const before = listeners();
  const { tf, status } = await loadTfjs({ folders: process.argv.slice(2) });
  const graph = await tfjsModel(tf, (x: tfjs.Tensor) => x.mul(2).relu()).graph([{ shape: [2], dtype: 'float32' }]);
  const result: Scenario = {
    status: [...status],
    backend: tf.getBackend(),
    product: Array.from(tf.matMul([[1, 2]], [[3], [4]]).dataSync()),
    traced: graph.nodes.map(({ op }) => op),
    crashListeners: listeners() - before,
    isSame: (await loadTfjs()).tf === tf,
  };
  console.log(JSON.stringify(result));
}

void main();
