import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { SkLearnRidge } from '../../../src/engine/attribution/interpretableModel';
import { Lime } from '../../../src/engine/attribution/lime';
import { loadImage } from '../../../src/engine/images/loadImage';
import { superpixels } from '../../../src/engine/images/superpixels';
import { loadModel } from '../../../src/engine/models/loadModel';
import { predictionsFor } from '../../../src/engine/requests/attribute';
import { float32, toNumbers, type Tensor } from '../../../src/engine/tensor';

const ROOT = path.join(import.meta.dirname, '../../..');

/** Four colours, one in each quarter, with some noise. */
function quarters(height: number, width: number): Tensor<'float32'> {
  const colors = [[0.9, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.2, 0.9], [0.9, 0.9, 0.2]];
  const data = new Float32Array(3 * height * width);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < height * width; pixel++) data[channel * height * width + pixel] = colors[quarterOf(pixel, height, width)][channel] + 0.02 * Math.sin(pixel * 7 + channel);
  }
  return float32(data, [1, 3, height, width]);
}
const quarterOf = (pixel: number, height: number, width: number): number => (Math.floor(pixel / width) < height / 2 ? 0 : 2) + (pixel % width < width / 2 ? 0 : 1);

/** The number of 4-connected pieces with the same number. */
function pieces(ids: readonly number[], width: number): number {
  const seen = new Set<number>();
  let count = 0;
  for (const start of ids.keys()) {
    if (seen.has(start)) continue;
    count++;
    const stack = [start];
    for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
      if (seen.has(pixel)) continue;
      seen.add(pixel);
      for (const [neighbor, isBeside] of [[pixel - 1, pixel % width > 0], [pixel + 1, pixel % width < width - 1], [pixel - width, true], [pixel + width, true]] as const) if (isBeside && ids[neighbor] === ids[pixel]) stack.push(neighbor);
    }
  }
  return count;
}

describe('superpixels', () => {
  it('keep to the borders of colours, are connected, and as many as wished', async () => {
    for (const [height, width, nSegments] of [[40, 60, 24], [31, 17, 8], [50, 50, 4]]) {
      const mask = await superpixels(quarters(height, width), { nSegments });
      assert.deepEqual(mask.shape, [1, 1, height, width]);
      const ids = toNumbers(mask);
      const numbers = new Set(ids);
      assert.ok(numbers.size >= nSegments * 0.6 && numbers.size <= nSegments * 1.6, `${numbers.size} of ${nSegments}`);
      assert.deepEqual([...numbers].sort((left, right) => left - right), Array.from({ length: numbers.size }, (_, index) => index));
      assert.equal(pieces(ids, width), numbers.size);
      const home = new Map<number, Set<number>>();
      for (const [pixel, id] of ids.entries()) home.set(id, (home.get(id) ?? new Set()).add(quarterOf(pixel, height, width)));
      assert.ok([...home.values()].every(({ size }) => size === 1), 'none has pixels of two quarters');
    }
  });

  it('are squares where the colour does not change, and squarer with more compactness', async () => {
    const flat = toNumbers(await superpixels(float32(new Float32Array(36 * 36).fill(0.5), [1, 1, 36, 36]), { nSegments: 9 }));
    assert.deepEqual(Array.from({ length: 9 }, (_, id) => flat.filter((found) => found === id).length).map((count) => Math.abs(count - 144) < 40), Array(9).fill(true));
    const border = async (compactness: number): Promise<number> => {
      const ids = toNumbers(await superpixels(await loadImage(path.join(ROOT, 'media/samples/photos/chelsea.jpg'), { width: 96, height: 96 }), { nSegments: 36, compactness }));
      return ids.filter((id, pixel) => id !== ids[pixel + 1] || id !== ids[pixel + 96]).length;
    };
    assert.ok((await border(60)) < (await border(5)));
  });

  it('are the same whatever the layout, the normalisation and the batch', async () => {
    const file = path.join(ROOT, 'media/samples/photos/coffee.jpg');
    const plain = await superpixels(await loadImage(file, { width: 64, height: 48 }), { nSegments: 30 });
    const normalised = await loadImage(file, { width: 64, height: 48, layout: 'NHWC', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    const last = await superpixels(normalised, { nSegments: 30 });
    assert.deepEqual([last.shape, last.data], [[1, 48, 64, 1], plain.data]);
    const one = quarters(20, 30);
    const two = float32(Float32Array.of(...one.data, ...one.data.map((value) => value * 0.5)), [2, 3, 20, 30]);
    const batch = await superpixels(two, { nSegments: 6 });
    assert.deepEqual(batch.shape, [2, 1, 20, 30]);
    assert.deepEqual(batch.data.slice(0, 600), (await superpixels(one, { nSegments: 6 })).data);
    const tensor = tf.transpose(tf.tensor(one.data, [1, 3, 20, 30]), [0, 2, 3, 1]);
    assert.deepEqual((await superpixels(tensor, { nSegments: 6 })).data, (await superpixels(one, { nSegments: 6 })).data);
  });

  it('make a feature mask, also one for each example', async () => {
    const model = (image: tf.Tensor): tf.Tensor => tf.sum(tf.mul(image, image), [1, 2, 3]);
    const one = quarters(16, 16);
    const two = float32(Float32Array.of(...one.data, ...one.data.map((value) => 1 - value)), [2, 3, 16, 16]);
    const mask = await superpixels(two, { nSegments: 4 });
    const { data } = await new FeatureAblation(model).attribute(two, { featureMask: mask });
    const squares = [0, 0, 0, 0];
    for (let index = 0; index < 768; index++) squares[Number(mask.data[index % 256])] += one.data[index] ** 2;
    for (let pixel = 0; pixel < 256; pixel++) assert.ok(Math.abs(data[pixel] - squares[Number(mask.data[pixel])]) < 1e-2);
  });

  it('refuse what is not an image', async () => {
    await assert.rejects(superpixels(float32(new Float32Array(6), [2, 3])), /superpixels: an image has the shape .*got \[2, 3\]/);
    await assert.rejects(superpixels(quarters(8, 8), { nSegments: 0 }), /nSegments must be a whole number of at least 1, got 0/);
  });

  it('let Lime find the cat in a photograph', async () => {
    const model = await loadModel(path.join(ROOT, 'media/models/efficientnet-lite0'));
    const image = await loadImage(path.join(ROOT, 'media/samples/photos/chelsea.jpg'), { for: model });
    const featureMask = await superpixels(image, { nSegments: 40 });
    const [[{ index }]] = await predictionsFor(model, image);
    const { data, shape } = await new Lime(model, { interpretableModel: new SkLearnRidge({ alpha: 1 }) }).attribute(image, { target: index, featureMask, nSamples: 60 });
    assert.deepEqual(shape, image.shape);
    const ids = toNumbers(featureMask);
    const values = [...new Set(ids)].map((id) => data[ids.indexOf(id)]);
    for (const [pixel, id] of ids.entries()) assert.equal(data[pixel * (shape[3] === 3 ? 3 : 1)], values[id], 'one value for each superpixel');
    const [, , height, width] = featureMask.shape[3] === 1 ? [0, 0, featureMask.shape[1], featureMask.shape[2]] : featureMask.shape;
    const inside = (pixel: number): boolean => Math.abs(Math.floor(pixel / width) / height - 0.5) < 0.3 && Math.abs((pixel % width) / width - 0.5) < 0.3;
    const meanOf = (wanted: boolean): number => {
      const found = [...ids.keys()].filter((pixel) => inside(pixel) === wanted).map((pixel) => values[ids[pixel]]);
      return found.reduce((sum, value) => sum + value, 0) / found.length;
    };
    assert.ok(meanOf(true) > 2 * meanOf(false), `${meanOf(true)} in the middle, ${meanOf(false)} around it`);
  });
});
