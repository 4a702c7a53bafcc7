import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import { colorSchemeOf, COLOR_SCHEMES, overlayTable } from '../../src/visualization/colorSchemes';
import { colormapIndex } from '../../src/visualization/colormaps';
import { composeImage, grayOf } from '../../src/visualization/composeImage';
import { prepareImage } from '../../src/visualization/prepareImage';
import { ATTRIBUTION_SIGNS } from '../../src/visualization/sign';

const captum = colorSchemeOf('captum');
const image = Uint8ClampedArray.of(200, 100, 50, 255, 10, 20, 30, 255);
const pixels = (rgba: Uint8ClampedArray): number[][] => [0, 1].map((i) => Array.from(rgba.slice(4 * i, 4 * i + 4)));

test('heat_map shows the ends of the colormap', () => {
  const rgba = composeImage({ mode: 'heat_map', sign: 'all', scheme: captum, norm: Float32Array.of(-1, 1) });
  assert.deepEqual(pixels(rgba), [[255, 0, 0, 255], [0, 128, 0, 255]]);
});

test('original_image shows the input', () => {
  const rgba = composeImage({ mode: 'original_image', sign: 'all', scheme: captum, norm: Float32Array.of(-1, 1), image });
  assert.deepEqual(rgba, image);
});

test('masked_image multiplies by the strength', () => {
  const rgba = composeImage({ mode: 'masked_image', sign: 'positive', scheme: captum, norm: Float32Array.of(0.5, 0), image });
  assert.deepEqual(pixels(rgba), [[100, 50, 25, 255], [0, 0, 0, 255]]);
});

test('alpha_scaling uses the strength as opacity', () => {
  const rgba = composeImage({ mode: 'alpha_scaling', sign: 'absolute_value', scheme: captum, norm: Float32Array.of(0.5, 1), image });
  assert.deepEqual(pixels(rgba), [[200, 100, 50, 127], [10, 20, 30, 255]]);
});

test('blended_heat_map covers evenly with the colours of Captum', () => {
  const rgba = composeImage({ mode: 'blended_heat_map', sign: 'all', scheme: captum, norm: Float32Array.of(1, -1), image });
  assert.deepEqual(pixels(rgba), [[128, 192, 128, 255], [128, 0, 0, 255]]);
});

test('blended_heat_map leaves the picture where nothing is attributed, by default', () => {
  const scheme = COLOR_SCHEMES[0];
  const norm = Float32Array.of(0, 0);
  const [[r, g, b], [, dark]] = pixels(composeImage({ mode: 'blended_heat_map', sign: 'positive', scheme, norm, image }));
  const [black, white] = overlayTable(scheme, 'positive').grayRange;
  assert.deepEqual([r, g, b, dark], [white, white, white, black]);
});

test('blended_heat_map reaches the colour of the sign', () => {
  const norm = Float32Array.of(1, -1);
  const [positive, negative] = pixels(composeImage({ mode: 'blended_heat_map', sign: 'all', scheme: COLOR_SCHEMES[0], norm, image }));
  assert.ok(positive[0] > positive[2] + 100, `orange: ${positive}`);
  assert.ok(negative[2] > negative[0] + 100, `blue: ${negative}`);
});

for (const mode of ['masked_image', 'alpha_scaling'] as const) {
  test(`${mode} refuses sign all`, () => {
    assert.throws(
      () => composeImage({ mode, sign: 'all', scheme: captum, norm: Float32Array.of(0, 0), image }),
      (error) => error instanceof LensError && error.message.endsWith('with both positive and negative attributions, choose a different sign option.'),
    );
  });
}

test('modes that show the input need it', () => {
  assert.throws(() => composeImage({ mode: 'original_image', sign: 'all', scheme: captum, norm: Float32Array.of(0) }), /needs the original image/);
});

test('a picture of another size is refused', () => {
  assert.throws(() => composeImage({ mode: 'original_image', sign: 'all', scheme: captum, norm: Float32Array.of(0), image }), /2 pixels, the attributions 1/);
});

test('NaN leaves a transparent pixel', () => {
  for (const mode of ['heat_map', 'blended_heat_map', 'masked_image', 'alpha_scaling'] as const) {
    const rgba = composeImage({ mode, sign: 'positive', scheme: COLOR_SCHEMES[0], norm: Float32Array.of(NaN, 1), image });
    assert.deepEqual([rgba[3], rgba[7]], [0, 255], mode);
  }
});

test('gray is stretched to the range of the picture', () => assert.deepEqual(Array.from(grayOf(image)), [255, 0]));

test('a flat picture is black', () => assert.deepEqual(Array.from(grayOf(Uint8ClampedArray.of(9, 9, 9, 255))), [0]));

test('colormap indices follow the rule of matplotlib', () => {
  assert.deepEqual([-1, 0, 1, 2].map((value) => colormapIndex(value, true)), [0, 128, 255, 255]);
  assert.deepEqual([-1, 0, 0.5, 1].map((value) => colormapIndex(value, false)), [0, 0, 128, 255]);
});

test('every overlay is opaque enough at its strongest and keeps its sign apart', () => {
  for (const scheme of COLOR_SCHEMES) {
    for (const sign of ATTRIBUTION_SIGNS) assert.ok(overlayTable(scheme, sign).alpha[255] >= 0.5);
    const { rgb } = overlayTable(scheme, 'all');
    assert.notDeepEqual(Array.from(rgb.slice(0, 3)), Array.from(rgb.slice(-3)));
  }
});

test('a picture up to 1 is multiplied by 255 and truncated', () => {
  assert.deepEqual(Array.from(prepareImage([0.999, 0, -1], { height: 1, width: 1, channels: 3 })), [254, 0, 0, 255]);
});

test('a picture beyond 1 is clipped', () => {
  assert.deepEqual(Array.from(prepareImage([300, 7], { height: 1, width: 2, channels: 1 })), [255, 255, 255, 255, 7, 7, 7, 255]);
});

test('a picture with two channels is refused', () => {
  assert.throws(() => prepareImage([1, 1], { height: 1, width: 1, channels: 2 }), /1 or 3 channels, got 2/);
});
