import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { OnnxRuntime } from '../../src/engine/runtime/onnxRuntime';
import { difference, distanceFromTorch, exampleOf, gradientsOf, outputOf } from './compare';
import { exportNets, pythonWith } from './torch';

/** One of each kind; `npm run topologies` has all. */
const NETS = ['resnet18', 'vit_b_16', 'swin_t', 'lstm'];

const python = pythonWith('torch', 'torchvision');
const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

describe('nets that torch exports for one example', { skip: python === undefined && 'Python (no torch)' }, () => {
  const exported = python === undefined ? Promise.resolve([]) : exportNets(python, NETS);
  for (const [index, name] of NETS.entries()) {
    it(`${name} computes torch's logits and gradients for two examples at once, and for each alone`, async () => {
      const [net, runtime] = [(await exported)[index], await loaded];
      const gradients = await gradientsOf(net, net.inputs, runtime);
      const apart = distanceFromTorch(net, await outputOf(net.model, net.inputs, runtime), gradients);
      assert.ok(apart.logits < 1e-5 && apart.gradients < 1e-5, JSON.stringify(apart));
      const alone = await gradientsOf(net, exampleOf(net.inputs, 0), runtime);
      assert.ok(difference(alone.data, exampleOf(gradients, 0).data) < 1e-5);
    });
  }
});
