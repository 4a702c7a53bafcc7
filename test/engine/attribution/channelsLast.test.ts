import * as tf from '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import { GuidedGradCam } from '../../../src/engine/attribution/guidedGradCam';
import { LayerActivation } from '../../../src/engine/attribution/layer/layerActivation';
import { LayerGradCam } from '../../../src/engine/attribution/layer/layerGradCam';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { float32 } from '../../../src/engine/tensor';

const x = float32(Array.from({ length: 2 * 6 * 5 * 3 }, (_, index) => Math.sin(1 + index)), [2, 6, 5, 3]);
after(async () => (await sharedEngine()).dispose());

/** The mean of a convolution's 4 channels over its 3x2 positions, weighted: its gradient there is weight / 6. */
function model(): tf.Sequential {
  const weights = [0.5, -1, 2, 0.25];
  const sequential = tf.sequential();
  sequential.add(tf.layers.conv2d({ inputShape: [6, 5, 3], filters: 4, kernelSize: 2, strides: 2, kernelInitializer: tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 3 }), name: 'conv' }));
  sequential.add(tf.layers.globalAveragePooling2d({}));
  sequential.add(tf.layers.dense({ units: 1, useBias: false, weights: [tf.tensor(weights, [4, 1])] }));
  return sequential;
}

describe('Grad-CAM of a model with channels on the last axis', () => {
  it('weighs and sums channels, and leaves positions', async () => {
    const source = model();
    const [cam, values] = [await new LayerGradCam(source, 'conv').attribute(x), await new LayerActivation(source, 'conv').attribute(x)];
    assert.deepEqual([cam.shape, values.shape], [[2, 3, 2, 1], [2, 3, 2, 4]]);
    for (const [place, value] of cam.data.entries()) {
      const expected = [0.5, -1, 2, 0.25].reduce((sum, weight, channel) => sum + (weight / 6) * values.data[place * 4 + channel], 0);
      assert.ok(Math.abs(value - expected) < 1e-5, `position ${place}: ${value}, expected ${expected}`);
    }
    const unsummed = await new LayerGradCam(source, 'conv').attribute(x, { attrDimSummation: false });
    assert.deepEqual(unsummed.shape, [2, 3, 2, 4]);
  });

  it('guides the gradient at the same positions', async () => {
    const source = model();
    const [cam, gradient, guided] = [await new LayerGradCam(source, 'conv').attribute(x), await new Saliency(source).attribute(x, { abs: false }), await new GuidedGradCam(source, 'conv').attribute(x)];
    for (const [index, value] of guided.data.entries()) {
      const [example, row, column] = [Math.floor(index / 90), Math.floor(index / 15) % 6, Math.floor(index / 3) % 5];
      const factor = Math.max(0, cam.data[example * 6 + Math.floor((row * 3) / 6) * 2 + Math.floor((column * 2) / 5)]);
      assert.ok(Math.abs(value - factor * gradient.data[index]) < 1e-5, `element ${index}`);
    }
  });
});
