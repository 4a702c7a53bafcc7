import assert from 'node:assert/strict';
import { composeImage, IMAGE_MODES, needsOneSign, type ImageMode } from '../../../src/visualization/composeImage';
import { colorSchemeOf } from '../../../src/visualization/colorSchemes';
import { normalizeAttr } from '../../../src/visualization/normalizeAttr';
import { prepareImage } from '../../../src/visualization/prepareImage';
import { closeTo } from '../compare';
import type { GoldenCase, GoldenTensor } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { signOf } from './normalizeAttr';

interface Layer {
  readonly cmap: string | null;
  readonly alpha: number | null;
}

/** The pictures of visualize_image_attr, against the layers that Captum hands to matplotlib. */
export const visualizeImageAttrAdaptor: Adaptor = (golden) => {
  const { json, tensors, expectedError } = golden;
  const mode = IMAGE_MODES.find((known) => known === json.method_name);
  assert.ok(mode, `unknown mode '${String(json.method_name)}'`);
  if (expectedError) {
    // matplotlib cannot draw alpha scaling of a one-channel picture; ours can, once the sign is accepted.
    if (expectedError.type !== 'AssertionError' && !(needsOneSign(mode) && json.sign === 'all')) return void draw(golden, mode);
    assert.throws(() => draw(golden, mode), (error: Error) => error.message.includes(expectedError.message));
    return;
  }
  const [height, width] = tensors.attr.shape;
  const layers = json.expected_layers as readonly Layer[];
  const expected = layers.map((layer, index) => rgbaOf(tensors, index, layer, height * width)).reduce(blend);
  const actual = draw(golden, mode);
  // A gray level on the edge of a bin may fall to either side: by what of it shows through, and rounding.
  const tolerance = layers.length > 1 ? 0.5 + 1 - (layers[1].alpha ?? 1) : 0;
  closeTo({ shape: [actual.length], data: actual }, { shape: [expected.length], data: expected }, tolerance, 'bytes');
};

function draw({ json, tensors, tolerance }: GoldenCase, mode: ImageMode): Uint8ClampedArray {
  const sign = signOf(json.sign);
  const [height, width, channels] = tensors.attr.shape;
  const image = prepareImage(tensors.original_image.data, { height, width, channels: tensors.original_image.shape[2] });
  const norm = normalizeAttr(tensors.attr.data, { height, width, channels }, sign, Number(json.outlier_perc)).values;
  if (tensors.expected_norm_attr) closeTo({ shape: [height, width], data: norm }, tensors.expected_norm_attr, tolerance.atol_f32 ?? 1e-5, 'normalised attributions');
  return composeImage({ mode, sign, scheme: { ...colorSchemeOf('captum'), overlay: { kind: 'constant', alpha: Number(json.alpha_overlay ?? 0.5) } }, norm, image });
}

/** A layer as RGBA: colour-mapped, or the array of bytes with 1, 3 or 4 channels. */
function rgbaOf(tensors: Readonly<Record<string, GoldenTensor>>, index: number, layer: Layer, pixels: number): number[] {
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
