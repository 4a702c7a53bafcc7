import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import type { AttributionOutput } from '../../src/protocol/output';
import { base64FromBytes } from '../../src/visualization/base64';
import { readCapabilities, readOutput, readProgress } from '../../renderers/validate';
import { answerOutput, imageOutput, imageOutputOf, tabularOutput, textOutput, panelsOutput, recordsOutput, timeseriesOutput } from './fixtures';

type Json = Record<string, unknown>;

const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const whole = json(imageOutput());

/** The whole image output with one value replaced; undefined removes it. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(whole);
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce((object, key) => object[key] as Json, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

const refused = (value: unknown, message: string | RegExp): void => {
  assert.throws(
    () => readOutput(value),
    (error) => {
      assert.ok(error instanceof LensError, String(error));
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );
};

test('a whole image output is read and decoded', () => {
  const output = readOutput(whole);
  const [view] = output.examples[0].views;
  assert.ok(view.kind === 'image');
  assert.equal(view.attributions.length, 224 * 224);
  assert.deepEqual(Array.from(view.image?.subarray(1, 4) ?? []), [0x50, 0x4e, 0x47]);
  assert.equal(output.examples[0].convergence?.next?.request.options?.nSteps, 200);
});

test('text and tabular outputs are read', () => {
  for (const output of [textOutput(), tabularOutput()]) assert.deepEqual(json(readOutput(json(output))), json(output));
});

test('fields that nobody knows are dropped', () => {
  assert.equal('surprise' in readOutput(changed('surprise', 1)), false);
});

test('null among numbers is read as NaN, as JSON writes it', () => {
  const output = json(textOutput()) as { examples: [{ views: [{ attributions: unknown[] }]; convergence: { delta: unknown } }] };
  output.examples[0].views[0].attributions[3] = null;
  output.examples[0].convergence.delta = null;
  const read = readOutput(output);
  const [view] = read.examples[0].views;
  assert.ok(view.kind === 'text' && Number.isNaN(view.attributions[3]));
  assert.ok(Number.isNaN(read.examples[0].convergence?.delta));
});

test('what is no object is refused', () => {
  for (const value of [null, 3, 'text', [], true]) refused(value, /^The output must be an object, got /);
});

test('a newer format is refused with what to do', () => {
  assert.throws(
    () => readOutput(changed('schema', 2)),
    (error) => error instanceof LensError && error.message.includes('format 2') && (error.nextStep ?? '').includes('Update'),
  );
});

test('every missing field is named', () => {
  refused(changed('id', undefined), 'id must be a string, got nothing');
  refused(changed('method.title', undefined), 'method.title must be a string, got nothing');
  refused(changed('examples.0.views.0.kind', 'video'), "examples[0].views[0].kind must be one of image, text, tabular, timeseries, records, got 'video'");
  refused(changed('examples.0.convergence.verdict', 'fine'), /verdict must be one of converged, loose, not-converged, flat, got 'fine'/);
  refused(changed('cost', []), 'cost must be an object, got a list');
});

test('no example and no view are refused', () => {
  refused(changed('examples', []), 'examples must be a list of at least one example, got an empty list');
  refused(changed('examples.0.views', []), 'examples[0].views must be a list of at least one view, got an empty list');
});

test('bad base64 is refused', () => refused(changed('examples.0.views.0.attributions', '§§'), "examples[0].views[0].attributions: The data is not base64: '§§…'"));

test('attributions of another size are refused', () => {
  refused(changed('examples.0.views.0.attributions', 'AAAAAA=='), 'examples[0].views[0].attributions: 50176 float32 values need 200704 bytes, got 4');
});

test('a picture that is too large is refused before anything is allocated', () => {
  refused(changed('examples.0.views.0.width', 1e9), 'examples[0].views[0].width must be a whole number between 1 and 8192, got 1000000000');
  const huge = changed('examples.0.views.0.width', 8192) as { examples: [{ views: [{ height: number }] }] };
  huge.examples[0].views[0].height = 8192;
  refused(huge, /must be of at most 16777216 pixels, got 8192 x 8192/);
});

test('an input picture of another size than it claims is refused', () => {
  const other = imageOutputOf(new Float32Array(16), 4).examples[0].views[0];
  assert.ok(other.kind === 'image');
  refused(changed('examples.0.views.0.image', other.image), /must be a picture of 224 x 224, got 4 x 4/);
});

test('an input picture that is no PNG is refused', () => {
  const svg = base64FromBytes(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'));
  refused(changed('examples.0.views.0.image', svg), 'examples[0].views[0].image must be a PNG file, got something else');
});

test('lists of different lengths are refused', () => {
  const output = json(tabularOutput()) as { examples: [{ views: [{ values: number[] }] }] };
  output.examples[0].views[0].values.pop();
  refused(output, 'examples[0].views[0].values must be a list of 3 numbers, got 2');
});

test('endless lists are refused', () => {
  refused(changed('examples', Array(1000).fill(whole.examples)), 'examples must be a list of at most 64 items, got 1000');
});

test('long strings are cut', () => {
  assert.equal(readOutput(changed('summary', 'x'.repeat(1e6))).summary.length, 10_001);
});

test('keys of prototypes stay data', () => {
  const text = JSON.stringify(changed('method.options', {})).replace('"options":{}', '"options":{"__proto__":"polluted","constructor":1,"toString":2}');
  const { options } = readOutput(JSON.parse(text)).method;
  assert.equal(Object.getPrototypeOf(options), Object.prototype);
  assert.deepEqual(Object.keys(options).sort(), ['__proto__', 'constructor', 'toString']);
  assert.equal(({} as Json).polluted, undefined);
});

test('inherited properties are not read', () => refused(Object.create(whole), /^schema must be/));

test('options hold plain values only', () => refused(changed('method.options', { nSteps: { evil: 1 } }), /nSteps must be a number, got an object/));

test('the request of the next action is checked', () => {
  refused(changed('examples.0.convergence.next.request', { baseline: 'black' }), /baseline must be one of zero, mean, blurred, noise, got 'black'/);
});

test('capabilities are checked', () => {
  assert.deepEqual(readCapabilities({ live: false, reason: 'gone', methods: [], extra: 1 }), { live: false, reason: 'gone', methods: [], layers: undefined });
  assert.throws(() => readCapabilities({ live: 'yes', methods: [] }), /capabilities.live must be true or false, got 'yes'/);
});

test('progress is brought into 0 to 1', () => {
  assert.deepEqual(readProgress({ fraction: 7, message: 'step', secondsLeft: -3 }), { fraction: 1, message: 'step', secondsLeft: 0 });
  assert.equal(readProgress({ fraction: null, message: 'step' }).fraction, 0);
});

test('time series, texts, panels and answers are read as they were written', () => {
  for (const output of [timeseriesOutput(), recordsOutput(), panelsOutput(), answerOutput()]) {
    const [written] = output.examples[0].views;
    const [read] = readOutput(JSON.parse(JSON.stringify(output))).examples[0].views;
    assert.equal(read.kind, written.kind);
    if (read.kind === 'timeseries') assert.deepEqual([read.channels, read.length, read.values.length, read.attributions.length], [['left', 'right'], 40, 80, 80]);
    if (read.kind === 'records') assert.deepEqual(JSON.parse(JSON.stringify(read)), written);
    if (read.kind === 'image' && written.kind === 'image') assert.deepEqual(JSON.parse(JSON.stringify(read.panels)), written.panels);
    if (read.kind === 'text' && written.kind === 'text') assert.deepEqual(read.outputs, written.outputs);
  }
});

test('time series, texts and answers that contradict themselves are refused', () => {
  const changedView = (output: AttributionOutput, change: object): unknown => ({ ...output, examples: [{ views: [{ ...output.examples[0].views[0], ...change }] }] });
  refused(changedView(timeseriesOutput(), { length: 41 }), 'examples[0].views[0].values: 82 float32 values need 328 bytes, got 320');
  refused(changedView(timeseriesOutput(), { length: 2 ** 30 }), /length must be a whole number between 1 and/);
  refused(changedView(timeseriesOutput(), { channels: [] }), /must be of 1 to \d+ values, got 0 x 40/);
  refused(changedView(timeseriesOutput(), { x: Array.from({ length: 40 }, () => 1) }), 'examples[0].views[0].x must be ascending numbers, got others');
  refused(changedView(recordsOutput(), { records: [{ tokens: ['a'], attributions: [] }] }), 'examples[0].views[0].records[0].attributions must be a list of 1 numbers, got 0');
  refused(changedView(answerOutput(), { outputs: { tokens: ['a', 'b'], attributions: [[1, 2, 3]] } }), 'examples[0].views[0].outputs.attributions must be a list of 2 rows, got 1');
  refused(changedView(panelsOutput(), { panels: [{ mode: 'heat_map', sign: 'both' }] }), /panels\[0\]\.sign must be one of all, positive/);
  refused({ ...timeseriesOutput(), initialView: { timeseries: 'pie' } }, /initialView.timeseries must be one of overlay_individual/);
});
