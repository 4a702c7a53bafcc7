import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PNG } from 'pngjs';
import { api } from '../../../src/engine/api';
import { timeseriesLayoutOf } from '../../../src/engine/presentation/timeseriesView';
import { describeResult } from '../../../src/engine/requests/outputs';
import { float32 } from '../../../src/engine/tensor';
import { floatsFromBase64 } from '../../../src/visualization/base64';

const { visualizeImageAttr, visualizeImageAttrMultiple, visualizeText, visualizeTimeseriesAttr } = api;
const attr = float32([1, 0, -1, 2, 3, -3, 0, 0, 0, 0.5, 0.5, 0], [2, 2, 3]);
const image = float32(Array.from({ length: 12 }, (_, i) => i / 12), [2, 2, 3]);
const viewOf = (figure: unknown) => describeResult(figure)?.output.examples[0].views[0];

describe('visualizeImageAttr', () => {
  it('sums the channels, and takes batches with the channels first as well', async () => {
    const first = viewOf(await visualizeImageAttr(attr, image, { method: 'blended_heat_map', sign: 'all' }));
    const batch = viewOf(await visualizeImageAttr(float32([1, 2, 0, 0.5, 0, 3, 0, 0.5, -1, -3, 0, 0], [1, 3, 2, 2])));
    assert.ok(first?.kind === 'image' && batch?.kind === 'image' && first.image && !batch.image);
    assert.deepEqual([...floatsFromBase64(first.attributions, 4)], [0, 2, 0, 1]);
    assert.deepEqual([...floatsFromBase64(batch.attributions, 4)], [0, 2, 0, 1]);
  });

  it('draws several panels side by side', async () => {
    const figure = await visualizeImageAttrMultiple(attr, image, ['original_image', 'heat_map', 'masked_image'], ['all', 'all', 'positive'], { titles: ['a', 'b', 'c'], cmap: 'captum', outlierPerc: 0 });
    const view = viewOf(figure);
    assert.ok(view?.kind === 'image');
    assert.deepEqual(view.panels?.map(({ mode, sign, title }) => [mode, sign, title]), [['original_image', 'all', 'a'], ['heat_map', 'all', 'b'], ['masked_image', 'positive', 'c']]);
    const { width, height, data } = PNG.sync.read(Buffer.from(figure.png));
    assert.equal(width, 3 * 224 + 2 * 8);
    const pixel = (x: number, y: number): number[] => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
    assert.ok(height > 224);
    assert.deepEqual(pixel(232 + 200, 20), [0, 128, 0], "the strongest attribution in Captum's green");
    assert.deepEqual(pixel(2 * 232 + 20, 20), [0, 0, 0], 'masked where nothing speaks for it');
  });

  it('refuses what Captum refuses', async () => {
    await assert.rejects(visualizeImageAttrMultiple(attr, image, ['heat_map'], []), /Methods and signs array lengths must match/);
    await assert.rejects(visualizeImageAttrMultiple(attr, image, ['heat_map'], ['all'], { titles: [] }), /length must match that of methods/);
    await assert.rejects(visualizeImageAttr(attr, null, { method: 'original_image' }), /Original Image must be provided/);
    await assert.rejects(visualizeImageAttr(attr, image, { method: 'masked_image', sign: 'all' }), /Cannot display masked image with both positive and negative/);
    await assert.rejects(visualizeImageAttr(attr, float32(new Float32Array(27), [3, 3, 3]), { method: 'original_image' }), /height and width of the attributions, 2 x 2, got 3 x 3/);
    await assert.rejects(visualizeImageAttr(attr, image, { sign: 'both' as 'all' }), /sign must be one of all, positive/);
    await assert.rejects(visualizeImageAttr(attr, image, 'masked_image' as never), /Options are given by name, .* got "masked_image"/);
    await assert.rejects(visualizeImageAttr(attr, image, { outlierPerc: 101 }), /outlierPerc must be between 0 and 100/);
  });
});

describe('visualizeTimeseriesAttr', () => {
  const data = [[0, 10], [1, 11], [2, 12]];

  it('takes channels last, or first', async () => {
    const last = viewOf(await visualizeTimeseriesAttr(data, data, { channelLabels: ['a', 'b'], xValues: [1, 2, 5] }));
    const first = viewOf(await visualizeTimeseriesAttr([[0, 1, 2], [10, 11, 12]], [[0, 1, 2], [10, 11, 12]], { channelsLast: false }));
    assert.ok(last?.kind === 'timeseries' && first?.kind === 'timeseries');
    assert.deepEqual([last.channels, last.x, first.channels], [['a', 'b'], [1, 2, 5], ['Channel 0', 'Channel 1']]);
    for (const view of [last, first]) assert.deepEqual([...floatsFromBase64(view.values, 6)], [0, 1, 2, 10, 11, 12]);
  });

  it('draws each method', async () => {
    const pictures = await Promise.all((['overlay_individual', 'overlay_combined', 'colored_graph'] as const).map(async (method) => PNG.sync.read(Buffer.from((await visualizeTimeseriesAttr(data, data, { method, sign: 'all' })).png))));
    assert.equal(new Set(pictures.map(({ data: bytes }) => bytes.toString('base64'))).size, 3);
    for (const { width } of pictures) assert.equal(width, 720);
  });

  it('refuses what does not fit', async () => {
    await assert.rejects(visualizeTimeseriesAttr(data, [[1, 2]]), /attr and data must have the same shape/);
    await assert.rejects(visualizeTimeseriesAttr(data, data, { xValues: [1, 1, 2] }), /xValues must be 3 ascending numbers/);
    await assert.rejects(visualizeTimeseriesAttr(data, data, { channelLabels: ['a'] }), /one name for each of the 2 channels, got 1/);
    await assert.rejects(visualizeTimeseriesAttr([1, 2], [1, 2]), /attr must have the shape \[points, channels\], got \[2\]/);
  });

  it('is the view of models over time series by default', () => {
    assert.deepEqual(timeseriesLayoutOf([4, 3, 100], undefined), { channels: 3, length: 100, channelsLast: false });
    assert.deepEqual(timeseriesLayoutOf([4, 100, 1], undefined), { channels: 1, length: 100, channelsLast: true });
    assert.equal(timeseriesLayoutOf([4, 28, 28], undefined), undefined);
    assert.deepEqual(timeseriesLayoutOf([1, 28, 28], 'NCL'), { channels: 28, length: 28, channelsLast: false });
  });
});

describe('visualizeText', () => {
  const record = { wordAttributions: [0.5, -1], rawInput: ['<b>', 'x<y'], predProb: 0.75, predClass: 1, trueClass: 'pos', attrClass: 'pos', attrScore: -0.5 };

  it('keeps what is known of each text, and makes the table of Captum', async () => {
    const figure = await visualizeText([record, { wordAttributions: [1], rawInput: ['a'] }]);
    const view = viewOf(figure);
    assert.ok(view?.kind === 'records');
    assert.deepEqual([view.records[0].predClass, view.records[0].predProb, view.records[1].trueClass], ['1', 0.75, undefined]);
    assert.match(figure.html, /<b>1 \(0\.75\)<\/b>.*hsl\(120, 75%, 75%\).*#b .*hsl\(0, 75%, 60%\).*x&#60;y/);
    assert.match(figure.html, /Legend/);
    assert.doesNotMatch((await visualizeText([record], { legend: false })).html, /Legend/);
  });

  it('refuses records that do not fit', async () => {
    await assert.rejects(visualizeText([]), /at least one record/);
    await assert.rejects(visualizeText([{ wordAttributions: [1], rawInput: ['a', 'b'] }]), /record 0 must have one attribution for each of its 2 tokens, got 1/);
  });
});
