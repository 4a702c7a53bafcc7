import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../../../src/engine/graph/graph';
import { operatorOf } from '../../../src/engine/operators/registry';
import { generate } from '../../../src/engine/operators/strided';
import { toNumbers, type DataType, type Tensor } from '../../../src/engine/tensor';
import type { Feeds } from '../../../src/engine/runtime/runtime';

/** Runs a graph once through the operators' tfjs kernels on the pure JavaScript backend. */
export async function runOnTfjs(graph: Graph, feeds: Feeds): Promise<Record<string, Tensor>> {
  await tf.setBackend('cpu');
  const results = tf.tidy(() => {
    const values = new Map<string, tf.Tensor>();
    for (const { name } of graph.inputs) values.set(name, toTfjs(feeds[name]));
    for (const [name, value] of graph.constants) values.set(name, toTfjs(value));
    for (const node of graph.nodes) {
      const info = (name: string) => (name === '' ? undefined : graph.values.get(name));
      const kernel = operatorOf(node).tfjs;
      if (!kernel) throw new Error(`${node.op}: no tfjs kernel`);
      const outputs = kernel({
        tf,
        node,
        inputs: node.inputs.map((name) => values.get(name)),
        inputInfos: node.inputs.map(info),
        outputInfos: node.outputs.map(info),
        constant: (index) => graph.constants.get(node.inputs[index]),
      });
      for (const [index, name] of node.outputs.entries()) if (name !== '') values.set(name, outputs[index]);
    }
    return graph.outputs.map((name) => values.get(name)!);
  });
  const outputs = graph.outputs.map((name, index) => [name, fromTfjs(graph.values.get(name)!.dtype, results[index])] as const);
  tf.dispose(results);
  return Object.fromEntries(outputs);
}

function toTfjs(value: Tensor): tf.Tensor {
  const dtype = value.dtype === 'float32' || value.dtype === 'bool' ? value.dtype : 'int32';
  return tf.tensor(toNumbers(value), [...value.shape], dtype);
}

function fromTfjs(dtype: DataType, value: tf.Tensor): Tensor {
  const expected = dtype === 'float32' || dtype === 'bool' ? dtype : 'int32';
  if (value.dtype !== expected) throw new Error(`expected ${expected}, got ${value.dtype}`);
  const data = value.dataSync();
  return generate({ dtype, shape: value.shape }, (index) => data[index]);
}
