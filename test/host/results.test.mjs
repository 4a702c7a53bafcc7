// What `npm test` counts: a failure that went uncounted would hide all others.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Results } from './results.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-results-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const passed = { title: 'a', file: 'a.ts', state: 'passed', milliseconds: 1 };
const failed = { title: 'b', file: 'b.ts', state: 'failed', milliseconds: 1, error: 'no' };
const end = { end: true };

/** The counts of one stage, and what it printed. */
async function count(run) {
  const results = new Results();
  const printed = [];
  const { log } = console;
  console.log = (line) => printed.push(line);
  try {
    await results.stage('stage', run, path.join(folder, 'stage.jsonl'));
    return { code: results.finish(), passed: results.passed, failures: results.failures, printed };
  } finally {
    console.log = log;
  }
}
const report = (...lines) => async (file) => fs.appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** A stage that runs source text as one file of node's test runner. */
const nodeTest = (source) => async (file) => {
  const subject = path.join(folder, 'subject.test.mjs');
  fs.writeFileSync(subject, `import { describe, test } from 'node:test';\n${source}`);
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const reporter = new URL('reporter.mjs', import.meta.url).href;
  const child = spawn(process.execPath, ['--test', `--test-reporter=${reporter}`, `--test-reporter-destination=${file}`, subject], { env });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`exit code ${code}`);
};

test('closes with the totals alone on the last line', async () => {
  const { printed, code } = await count(report(passed, passed, end));
  assert.equal(printed.at(-1).trim(), '2 passed, 0 failed');
  assert.equal(code, 0);
});

test('names the failures and exits with 1', async () => {
  const { printed, failures, code } = await count(report(passed, failed, end));
  assert.equal(printed.at(-1).trim(), '1 passed, 1 failed');
  assert.deepEqual(failures, ['stage: b.ts: b']);
  assert.equal(code, 1);
});

test('counts a stage that stops before its end as a failure', async () => {
  const { failures } = await count(report(passed));
  assert.deepEqual(failures, ['stage: stopped before its end']);
});

test('counts a stage that throws after its end as a failure', async () => {
  const { failures } = await count(async (file) => {
    await report(passed, end)(file);
    throw new Error('exit code 3');
  });
  assert.deepEqual(failures, ['stage: exit code 3']);
});

test('counts a stage without tests as a failure', async () => {
  const { failures } = await count(report(end));
  assert.deepEqual(failures, ['stage: ran no test']);
});

test('counts tests of node once, not their suites and files', async () => {
  const { passed: ok, failures } = await count(nodeTest(`
    describe('suite', () => { test('good', () => {}); test('bad', () => { throw new Error('no'); }); });
    test('parent', async (t) => { await t.test('child', () => {}); });
    test.skip('later', () => {});`));
  assert.equal(ok, 3);
  assert.equal(failures.length, 1);
  assert.match(failures[0], /subject\.test\.mjs: bad$/);
});

test('counts a file of tests that cannot be loaded', async () => {
  const { passed: ok, failures } = await count(nodeTest('throw new Error("broken");'));
  assert.equal(ok, 0);
  assert.equal(failures.length, 1);
  assert.match(failures[0], /subject\.test\.mjs could not be run to its end/);
});

test('counts a file of tests whose process exits early', async () => {
  const { failures } = await count(nodeTest(`test('one', () => {}); test('two', async () => { process.exit(3); });`));
  assert.equal(failures.length, 1);
});

test('says in one line what skipped tests lack', async () => {
  const { printed, code } = await count(nodeTest(`test('a', () => {}); for (const name of ['b', 'c']) test(name, { skip: 'Python (no python3)' }, () => {}); test('d', { skip: false }, () => {});`));
  assert.deepEqual(printed.slice(-2).map((line) => line.trim()), ['2 skipped, left out: Python (no python3)', '2 passed, 0 failed']);
  assert.equal(code, 0);
});
