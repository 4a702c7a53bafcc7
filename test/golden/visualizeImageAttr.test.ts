import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeImage, IMAGE_MODES, needsOneSign } from '../../src/visualization/composeImage';
import { colorSchemeOf } from '../../src/visualization/colorSchemes';
import { normalizeAttr } from '../../src/visualization/normalizeAttr';
import { prepareImage } from '../../src/visualization/prepareImage';
import { ATTRIBUTION_SIGNS } from '../../src/visualization/sign';
import type { GoldenTensor } from './normalizeAttr';
import { closeTo, readCases } from './visualizationCases';

interface Layer {
  cmap: string | null;
  alpha: number | null;
}

interface VisualizeImageAttrCase {
  method_name: string;
  sign: string;
  outlier_perc: number;
  alpha_overlay: number;
  expected_layers?: Layer[];
}

const captum = colorSchemeOf('captum');
const cases = readCases<VisualizeImageAttrCase>('visualize_image_attr');

test('all 47 visualize_image_attr cases are here', () => assert.equal(cases.length, 47));

for (const { id, golden, tensors, expectedError } of cases) {
  test(id, () => {
    const mode = IMAGE_MODES.find((known) => known === golden.method_name);
    const sign = ATTRIBUTION_SIGNS.find((known) => known === golden.sign);
    assert.ok(mode && sign);
    const [height, width, channels] = tensors.attr.shape;
    const pixels = height * width;
    const [, , imageChannels] = tensors.original_image.shape;
    const image = prepareImage(tensors.original_image.data, { height, width, channels: imageChannels });
    const draw = (): Uint8ClampedArray => {
      const norm = normalizeAttr(tensors.attr.data, { height, width, channels }, sign, golden.outlier_perc).values;
      if (tensors.expected_norm_attr) closeTo({ shape: [height, width], data: norm }, tensors.expected_norm_attr, golden.tolerance.atol_f32);
      return composeImage({ mode, sign, scheme: captum, norm, image });
    };
    if (expectedError) {
      // matplotlib cannot draw alpha scaling of a one-channel picture; ours can, once the sign is accepted.
      if (expectedError.type !== 'AssertionError' && !(needsOneSign(mode) && sign === 'all')) return void draw();
      assert.throws(draw, (error: Error) => error.message.includes(expectedError.message));
      return;
    }
    const layers = golden.expected_layers ?? [];
    const expected = layers.map((layer, index) => rgbaOf(tensors, index, layer, pixels)).reduce(blend);
    const actual = draw();
    // A gray level on the edge of a bin may fall to either side; blended and rounded it moves a byte by one at most.
    const tolerance = layers.length > 1 ? 1 : 0;
    for (let i = 0; i < expected.length; i++) {
      assert.ok(Math.abs(actual[i] - expected[i]) <= tolerance, `byte ${i}: ${actual[i]}, expected ${expected[i]}`);
    }
  });
}

/** A layer as RGBA: colour-mapped, or the array of bytes with 1, 3 or 4 channels. */
function rgbaOf(tensors: Record<string, GoldenTensor>, index: number, layer: Layer, pixels: number): number[] {
  const array = tensors[`expected_layers.${index}.array`];
  const mapped = tensors[`expected_layers.${index}.rgba_uint8`];
  // matplotlib paints a one-channel original in its default colours (viridis); ours is gray, so the array is compared.
  const { shape, data } = layer.cmap === null ? array : (mapped ?? array);
  const channels = shape.length === 2 ? 1 : shape[2];
  return Array.from({ length: pixels * 4 }, (_, i) => {
    const [pixel, c] = [Math.floor(i / 4), i % 4];
    if (c === 3) return layer.alpha === null ? (channels === 4 ? data[4 * pixel + 3] : 255) : 255 * layer.alpha;
    return data[pixel * channels + (channels === 1 ? 0 : c)];
  });
}

/** `over` on an opaque layer. */
const blend = (under: number[], over: number[]): number[] =>
  under.map((value, i) => {
    const alpha = over[i - (i % 4) + 3] / 255;
    return i % 4 === 3 ? 255 : value * (1 - alpha) + over[i] * alpha;
  });
