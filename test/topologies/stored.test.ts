import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OnnxRuntime } from '../../src/engine/runtime/onnxRuntime';
import { createTfjsRuntime } from '../../src/engine/runtime/tfjsRuntime';
import type { Tensor } from '../../src/engine/tensor';
import { loadTfjs } from '../../src/engine/tfjs/loadTfjs';
import { deepLiftDelta, difference, distanceFromTorch, gradientsOf, integratedGradientsDelta, outputOf } from './compare';
import { distanceAlongGradient } from './finiteDifferences';
import { storedNet, storedNets, type TorchNet } from './nets';

/** Nets of which every product has a constant factor, so that DeepLift is complete. */
const PIECEWISE_LINEAR = new Set(['densenet121', 'googlenet', 'mobilenet_v2', 'resnet18', 'resnet50', 'vgg16']);

const loaded = OnnxRuntime.load({ threads: 1 });
const loadedWeb = OnnxRuntime.loadWeb();
after(async () => Promise.all([loaded, loadedWeb].map(async (runtime) => (await runtime).dispose())));

it('the nets are the twelve that engines are compared with', () => {
  assert.deepEqual(storedNets(), ['bert', 'convnext', 'densenet121', 'efficientnet_b0', 'googlenet', 'lstm', 'mobilenet_v2', 'resnet18', 'resnet50', 'swin_t', 'vgg16', 'vit_b_16']);
});

for (const name of storedNets()) {
  describe(name, () => {
    let net: TorchNet;
    let gradients: Tensor<'float32'>;
    before(async () => {
      net = await storedNet(name);
      gradients = await gradientsOf(net, net.inputs, await loaded);
    });

    it("has torch's logits and gradients", async () => {
      const apart = distanceFromTorch(net, await outputOf(net.model, net.inputs, await loaded), gradients);
      assert.ok(apart.logits < 1e-5 && apart.gradients < 1e-5, JSON.stringify(apart));
    });

    it('has the same gradients in onnxruntime-web and TensorFlow.js', async () => {
      const web = await gradientsOf(net, net.inputs, await loadedWeb);
      assert.ok(difference(web.data, gradients.data) < 2e-5, 'onnxruntime-web');
      const tfjs = createTfjsRuntime((await loadTfjs()).tf);
      const other = await gradientsOf(net, net.inputs, tfjs);
      assert.ok(difference(other.data, gradients.data) < 2e-5, `${tfjs.name}: ${difference(other.data, gradients.data)}`);
    });

    it('has the gradients that finite differences show', async () => {
      const apart = await distanceAlongGradient(net, gradients, await loaded, [1 / 64]);
      assert.ok(apart < 0.02, String(apart));
    });

    it('has attributions that sum to the change of the output', async () => {
      const runtime = await loaded;
      if (PIECEWISE_LINEAR.has(name)) assert.ok((await deepLiftDelta(net, runtime)) < 1e-6, 'DeepLift');
      const delta = await integratedGradientsDelta(net, runtime, 24);
      assert.ok(delta < 0.005, `Integrated Gradients: ${delta}`);
    });
  });
}
