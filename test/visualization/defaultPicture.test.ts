import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PNG } from 'pngjs';
import type { AttributionView } from '../../src/protocol/output';
import { base64FromFloats } from '../../src/visualization/base64';
import { defaultPicture } from '../../src/visualization/defaultPicture';
import { imageOutput, imageOutputOf, imageView, photo, tabularOutput, textOutput } from '../renderers/fixtures';

const decode = (png: Uint8Array): PNG => PNG.sync.read(Buffer.from(png));
const pixel = ({ data, width }: PNG, x: number, y: number): number[] => Array.from(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3));
const of = (view: AttributionView): PNG => decode(defaultPicture({ ...imageOutput(), examples: [{ views: [view] }] }));

test('a picture shows the input beside its heat map, with a colour ramp', () => {
  const png = decode(defaultPicture(imageOutput()));
  assert.deepEqual([png.width, png.height], [224 + 8 + 224, 224 + 16]);
  assert.deepEqual(pixel(png, 100, 100), Array.from(photo('coffee', 224).subarray(4 * (100 * 224 + 100), 4 * (100 * 224 + 100) + 3)));
  const [left, right] = [pixel(png, 233, 238), pixel(png, 455, 238)];
  assert.ok(left[2] > left[0] && right[0] > right[2], `blue ${left} to orange ${right}`);
});

test('a small map is enlarged by a whole factor to at least 224 pixels', () => {
  const attributions = Float32Array.of(1, 0, 0, -1);
  const png = of({ kind: 'image', name: 'tiny', width: 2, height: 2, attributions: base64FromFloats(attributions) });
  assert.deepEqual([png.width, png.height], [224, 224 + 16]);
  assert.deepEqual(pixel(png, 0, 0), pixel(png, 111, 111));
  assert.notDeepEqual(pixel(png, 111, 111), pixel(png, 112, 111));
});

test('several examples stand in rows, four at most', () => {
  const example = { views: [imageView('coffee', 224)] };
  const png = decode(defaultPicture({ ...imageOutput(), examples: Array.from({ length: 6 }, () => example) }));
  assert.equal(png.height, 4 * 240 + 3 * 8);
});

test('tokens are columns, up for positive and down for negative', () => {
  const png = of({ kind: 'text', name: 'text', tokens: ['a', 'b', 'c'], attributions: [1, -1, 0] });
  assert.deepEqual(pixel(png, 5, 5).map((byte) => byte > 200), [true, false, false]);
  assert.deepEqual(pixel(png, 5, 100), [255, 255, 255]);
  assert.ok(pixel(png, 33, 100)[2] > 200);
  assert.deepEqual(pixel(png, 60, 5), [255, 255, 255]);
});

test('features are bars, right for positive and left for negative', () => {
  const png = of({ kind: 'tabular', name: 'x', features: ['a', 'b'], values: [0, 0], attributions: [1, -0.5] });
  assert.equal(png.width, 441);
  assert.ok(pixel(png, 300, 10)[0] > 200 && pixel(png, 300, 10)[2] < 100);
  assert.deepEqual(pixel(png, 100, 10), [255, 255, 255]);
  assert.ok(pixel(png, 200, 30)[2] > 200);
  assert.deepEqual(pixel(png, 100, 30), [255, 255, 255]);
});

test('zeros, NaN, no tokens and no input picture give a picture too', () => {
  const views: AttributionView[] = [
    imageOutputOf(new Float32Array(16), 4, false).examples[0].views[0],
    imageOutputOf(new Float32Array(16).fill(NaN), 4).examples[0].views[0],
    { kind: 'text', name: 'text', tokens: [], attributions: [] },
    { kind: 'tabular', name: 'x', features: [], values: [], attributions: [] },
    { kind: 'tabular', name: 'x', features: ['a'], values: [NaN], attributions: [NaN] },
  ];
  for (const view of views) assert.ok(of(view).width > 0);
});

test('the sample outputs give pictures', () => {
  for (const output of [textOutput(), tabularOutput()]) assert.ok(decode(defaultPicture(output)).height > 10);
});
