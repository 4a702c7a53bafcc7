import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import type { Explanation } from '../../../src/engine/attribution/explanation';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { LayerActivation } from '../../../src/engine/attribution/layer/layerActivation';
import { LayerFeatureAblation } from '../../../src/engine/attribution/layer/layerFeatureAblation';
import { Lime } from '../../../src/engine/attribution/lime';
import { present } from '../../../src/engine/presentation/present';
import { float32 } from '../../../src/engine/tensor';
import { BuiltModel } from '../attribution/models';

/** tanh of two inputs, one after the other: 5 outputs. */
const model = new BuiltModel(
  [
    { name: 'a', dtype: 'float32', shape: [-1, 3] },
    { name: 'b', dtype: 'float32', shape: [-1, 2] },
  ],
  (builder, [a, b]) => builder.op('Tanh', [builder.op('Concat', [a, b], { axis: 1 }, { name: 'joined' })]),
);
const inputs = [float32([1, 2, 3, 4, 5, 6], [2, 3]), float32([1, 2, 3, 4], [2, 2])];
after(async () => (await sharedEngine()).dispose());

const shown = (explanation: Explanation) => {
  const { output, png } = present(explanation, 'id');
  assert.ok(png.length > 0);
  return [output.examples.length, output.inputs.map(({ name, attributionsShape }) => [name, attributionsShape]), output.examples.map(({ views }) => views.length)];
};

describe('present', () => {
  it('shows fewer attributions than inputs', async () => {
    assert.deepEqual(shown(await new LayerActivation(model, 'joined').explainTensors(inputs, {})), [2, [['joined', [2, 5]]], [1, 1]]);
  });

  it('shows a row for each output of each example', async () => {
    assert.deepEqual(shown(await new FeatureAblation(model).explainTensors(inputs, {})), [10, [['a', [10, 3]], ['b', [10, 2]]], Array(10).fill(2)]);
    assert.deepEqual(shown(await new LayerFeatureAblation(model, 'joined').explainTensors(inputs, {})), [10, [['joined', [10, 5]]], Array(10).fill(1)]);
  });

  it('shows coefficients of features in place of several inputs, or of an input of another size', async () => {
    assert.deepEqual(shown(await new Lime(model).explainTensors(inputs, { target: 0, returnInputShape: false })), [2, [['features', [2, 5]]], [1, 1]]);
    const whole = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 3] }], (builder, [x]) => builder.op('Tanh', [x]));
    const found = await new Lime(whole).explainTensors([inputs[0]], { target: 0, featureMask: [[0, 0, 1]], returnInputShape: false });
    assert.deepEqual(shown(found), [2, [['features', [2, 2]]], [1, 1]]);
  });

  it('shows an empty batch', async () => {
    assert.deepEqual(shown(await new FeatureAblation(model).explainTensors([float32([], [0, 3]), float32([], [0, 2])], { target: 0 })), [0, [['a', [0, 3]], ['b', [0, 2]]], []]);
  });
});
