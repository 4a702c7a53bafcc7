import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { differentiate, gradientName, seedName } from '../../../../src/engine/graph/differentiate';
import type { Graph } from '../../../../src/engine/graph/graph';
import { simplify } from '../../../../src/engine/graph/simplify';
import { loadKerasModel } from '../../../../src/engine/models/keras/kerasModel';
import { OnnxRuntime } from '../../../../src/engine/runtime/onnxRuntime';
import { float32, isFloat32, tensor, type Tensor } from '../../../../src/engine/tensor';

interface Packed {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32';
  readonly data: string;
}

interface Case {
  readonly file: string;
  readonly inputs: readonly Packed[];
  readonly outputs: readonly Packed[];
  readonly gradients: readonly Packed[];
}

const folder = join(__dirname, 'data');
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Record<string, Case>;
const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

function unpacked({ shape, dtype, data }: Packed): Tensor {
  const bytes = new Uint8Array(Buffer.from(data, 'base64')).buffer;
  return dtype === 'float32' ? float32(new Float32Array(bytes), shape) : tensor('int32', new Int32Array(bytes), shape);
}

async function run(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
  const executable = await (await loaded).compile(graph);
  const outputs = await executable.run(feeds);
  await executable.dispose();
  return outputs;
}

function assertClose(actual: Tensor | undefined, expected: Tensor, tolerance: number, label: string): void {
  assert.ok(actual && isFloat32(actual) && isFloat32(expected), label);
  assert.deepEqual(actual.shape, expected.shape, label);
  const scale = Math.max(...expected.data.map(Math.abs), 1e-3);
  for (const [index, value] of expected.data.entries()) assert.ok(Math.abs(actual.data[index] - value) <= tolerance * scale, `${label}, element ${index}: ${actual.data[index]} is not ${value}`);
}

for (const [name, { file, inputs, outputs, gradients }] of Object.entries(cases)) {
  test(`${name} gives Keras' outputs and gradients`, async () => {
    const model = await loadKerasModel(join(folder, file));
    const given = inputs.map(unpacked);
    assert.deepEqual(model.inputs.map(({ shape }) => shape.slice(1)), given.map(({ shape }) => shape.slice(1)));
    const graph = simplify(await model.graph(given));
    const feeds = Object.fromEntries(model.inputs.map((port, index) => [port.name, given[index]]));
    const results = await run(graph, feeds);
    for (const [index, output] of outputs.entries()) assertClose(results[graph.outputs[index]], unpacked(output), 1e-4, `output ${index}`);
    if (gradients.length === 0) return;
    const wrt = model.inputs.filter((_, index) => given[index].dtype === 'float32').map((port) => port.name);
    const total = wrt.map(() => undefined as Float32Array | undefined);
    for (const of of graph.outputs) {
      const { shape } = results[of];
      const backward = differentiate(graph, { of, wrt });
      const seed = float32(Float32Array.from({ length: results[of].data.length }, (_, index) => Math.cos(index)), shape);
      const found = await run(simplify(backward), { ...Object.fromEntries(backward.inputs.filter((input) => feeds[input.name]).map((input) => [input.name, feeds[input.name]])), [seedName(of)]: seed });
      for (const [index, input] of wrt.entries()) {
        const part = found[gradientName(input)];
        assert.ok(isFloat32(part));
        total[index] = total[index]?.map((value, element) => value + part.data[element]) ?? part.data;
      }
    }
    for (const [index, gradient] of gradients.entries()) assertClose(float32(total[index] ?? [], gradient.shape), unpacked(gradient), 1e-3, `gradient of ${wrt[index]}`);
  });
}
