import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, test } from 'node:test';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { bigramsOf } from '../../../src/engine/models/languageDetector/bigrams';
import { loadLanguageDetector } from '../../../src/engine/models/languageDetector/languageDetector';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { toNumbers } from '../../../src/engine/tensor';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';
import { randomFrom } from '../operators/random';
import { texts } from './texts';

const detector = loadLanguageDetector();
const runtime = OnnxRuntime.load({ threads: 1 });
after(async () => (await runtime).dispose());

interface Answer {
  languageId: string;
  confidence: number;
}

/** What the package itself says. */
const answers = new Map<string, Answer[]>();
test('the package itself answers', () => {
  const output = execFileSync(process.execPath, [path.join(__dirname, 'packageAnswers.cjs')], { input: JSON.stringify(Object.values(texts)), encoding: 'utf8', maxBuffer: 2 ** 24, stdio: ['pipe', 'pipe', 'ignore'] });
  const given = JSON.parse(output) as Answer[][];
  for (const [index, name] of Object.keys(texts).entries()) answers.set(name, given[index]);
  assert.ok([...answers.values()].every((answer) => answer.length === 54));
});

for (const [name, text] of Object.entries(texts)) {
  test(`probabilities equal the package's: ${name}`, async () => {
    const found = await (await detector).predict(text, await runtime);
    const expected = answers.get(name);
    assert.ok(expected);
    for (const { label, probability } of found) {
      const wanted = expected.find(({ languageId }) => languageId === label);
      assert.ok(wanted && Math.abs(wanted.confidence - probability) <= 2e-6, `${label}: ${probability}, the package says ${wanted?.confidence}`);
    }
    assert.deepEqual(found.slice(0, 3).map(({ label }) => label), expected.slice(0, 3).map(({ languageId }) => languageId));
  });
}

test('the languages of the texts are found, under the ids of VS Code', async () => {
  for (const name of ['python', 'rust', 'typescript', 'sql', 'java']) {
    const [{ languageId, index }] = await (await detector).predict(texts[name], await runtime);
    assert.equal(languageId, name);
    assert.equal((await detector).indexOf(name), index);
  }
});

test('every label of the model has a language id and a name', async () => {
  const { languages } = await detector;
  assert.equal(languages.length, 54);
  assert.equal(new Set(languages.map(({ languageId }) => languageId)).size, 54);
  for (const { label, name } of languages) assert.notEqual(name, label);
});

test('language ids with other names, and unknown ones', async () => {
  const { indexOf, languages } = await detector.then((loaded) => ({ indexOf: (id: string) => loaded.indexOf(id), languages: loaded.languages }));
  for (const [id, label] of [['typescriptreact', 'ts'], ['jsonc', 'json'], ['objective-cpp', 'mm'], ['shellscript', 'sh']]) assert.equal(languages[indexOf(id) ?? -1]?.label, label);
  for (const id of ['plaintext', 'toString', '']) assert.equal(indexOf(id), undefined);
});

test('both runtimes agree', async () => {
  const { tf } = await loadTfjs();
  const [onOnnx, onTfjs] = await Promise.all([await runtime, createTfjsRuntime(tf)].map(async (executor) => (await detector).predict(texts.rust, executor)));
  for (const { label, probability } of onOnnx) assert.ok(Math.abs(probability - (onTfjs.find((other) => other.label === label)?.probability ?? NaN)) < 1e-5);
});

test('a text in which the detector sees nothing is refused', async () => {
  const loaded = await detector;
  for (const text of ['', 'x', '\r\n']) assert.throws(() => loaded.encode(text), { code: 'invalid-argument', message: /needs two or more, got/ });
});

test('a long text is cut, and says so', async () => {
  const loaded = await detector;
  const { input, truncated } = loaded.encode(texts['longer than what is read']);
  assert.deepEqual([input.shape, truncated], [[1, 10_000], true]);
  assert.equal(loaded.encode('x'.repeat(10_001)).truncated, false);
  assert.equal(loaded.encode('x'.repeat(10_002)).truncated, true);
});

test('tokens cover the text', async () => {
  const loaded = await detector;
  for (const text of Object.values(texts)) {
    const tokens = loaded.tokens(text);
    assert.equal(tokens.map((token) => token.text).join(''), text);
    for (const { text: token, range } of tokens) assert.equal(text.slice(...range), token);
  }
  assert.deepEqual(loaded.tokens('fn add2(x: &str) -> u8 {\n\treturn x;').map(({ text }) => text), ['fn', ' ', 'add2', '(', 'x', ':', ' ', '&', 'str', ')', ' ', '->', ' ', 'u8', ' ', '{', '\n\t', 'return', ' ', 'x', ';']);
});

test('tokens get the attributions of their bytes, half of each bigram', async () => {
  const loaded = await detector;
  assert.deepEqual(loaded.tokenAttributions('ab (c', [1, 2, 4, 8]), [0.5 + 1.5, 3, 6, 4]);
  assert.deepEqual(loaded.tokenAttributions('a\r\nb', [1, 2]), [0.5, 1.5, 1]);
  assert.deepEqual(loaded.tokenAttributions('ü=', [1, 2]), [0.5 + 1.5, 1]);
  assert.throws(() => loaded.tokenAttributions('abc', [1]), { code: 'shape-mismatch' });
});

test('the sum over tokens is the sum over bigrams', async () => {
  const loaded = await detector;
  for (const [name, text] of Object.entries(texts)) {
    const random = randomFrom(name);
    const attributions = Array.from({ length: bigramsOf(text).buckets.length }, () => random() - 0.5);
    const total = (numbers: number[]): number => numbers.reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(total(loaded.tokenAttributions(text, attributions)) - total(attributions)) < 1e-9, name);
  }
});

test('Integrated Gradients over the presence of bigrams sums to the difference of the logits', async () => {
  const loaded = await detector;
  for (const [name, text] of Object.entries(texts)) {
    const { model, input } = loaded.encode(text);
    const [{ index }] = await loaded.predict(text, await runtime);
    const [attributions, delta] = await new IntegratedGradients(model).attribute(input, { target: index, returnConvergenceDelta: true });
    assert.deepEqual(attributions.shape, input.shape);
    assert.ok(Math.abs(toNumbers(delta)[0]) < 1e-3, `${name}: ${toNumbers(delta)[0]}`);
    const perToken = loaded.tokenAttributions(text, attributions.data);
    assert.equal(perToken.length, loaded.tokens(text).length);
  }
});

test('the words that only one language has speak for it', async () => {
  const loaded = await detector;
  for (const [name, words] of Object.entries({ python: ['import', '__name__'], rust: ['pub', 'fn'], sql: ['SELECT', 'WHERE'], java: ['public', 'package'] })) {
    const { model, input } = loaded.encode(texts[name]);
    const attributions = await new IntegratedGradients(model).attribute(input, { target: loaded.indexOf(name) });
    const perToken = loaded.tokenAttributions(texts[name], attributions.data);
    const best = loaded.tokens(texts[name]).map(({ text }, index) => ({ text, value: perToken[index] })).sort((left, right) => right.value - left.value);
    for (const word of words) assert.ok(best.slice(0, 5).some(({ text }) => text === word), `${name}: ${word} is not among ${best.slice(0, 5).map(({ text }) => text).join(' ')}`);
  }
});
