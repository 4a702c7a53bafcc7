import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { OutputSession } from '../../renderers/session';
import { readOutput } from '../../renderers/validate';
import { ViewStateStore } from '../../renderers/viewState';
import { tabularOutput } from './fixtures';

const LIVE = { live: true, methods: [] };

function open(context: TestContext, { messaging = true, trusted = true } = {}) {
  mock.timers.enable({ apis: ['setTimeout'] });
  context.after(() => mock.timers.reset());
  const sent: [string, unknown][] = [];
  const store = new ViewStateStore({ getState: () => undefined, setState: () => undefined });
  const session = new OutputSession(readOutput(JSON.parse(JSON.stringify(tabularOutput()))), store, {
    send: messaging ? (type, payload) => void sent.push([type, payload]) : undefined,
    isTrusted: () => trusted,
  });
  session.hello();
  return { session, sent };
}

test('it says hello and waits for the answer', (context) => {
  const { session, sent } = open(context);
  assert.deepEqual(sent, [['hello', { outputId: 'tabular-1' }]]);
  assert.equal(session.unavailable, '');
  session.onCapabilities(LIVE);
  assert.equal(session.unavailable, undefined);
});

test('silence is explained after five seconds, an answer after that still counts', (context) => {
  const { session } = open(context);
  mock.timers.tick(5000);
  assert.match(session.unavailable ?? '', /No engine answered/);
  session.onCapabilities(LIVE);
  assert.equal(session.unavailable, undefined);
});

test('an output of an earlier run says why it cannot be changed', (context) => {
  const { session, sent } = open(context);
  session.onCapabilities({ live: false, reason: 'Run the cell again to change what was computed.', methods: [] });
  session.recompute({ options: { nSteps: 200 } }, 'refine');
  assert.equal(session.unavailable, 'Run the cell again to change what was computed.');
  assert.equal(sent.length, 1);
});

test('without messaging nothing is asked', (context) => {
  const { session } = open(context, { messaging: false });
  assert.match(session.unavailable ?? '', /saved notebook/);
  session.recompute({}, 'refine');
  assert.equal(session.job, undefined);
  assert.equal(session.canExport, false);
});

test('an untrusted workspace asks nothing', (context) => {
  const { session, sent } = open(context, { trusted: false });
  session.onCapabilities(LIVE);
  session.recompute({}, 'refine');
  assert.match(session.unavailable ?? '', /not trusted/);
  assert.deepEqual(sent.map(([type]) => type), ['hello']);
});

test('a computation shows progress and ends with the new output, in the same view', (context) => {
  const { session, sent } = open(context);
  session.onCapabilities(LIVE);
  session.setView({ sign: 'negative' });
  session.recompute({ options: { nSteps: 200 } }, 'refine to 200 steps');
  assert.deepEqual(sent[1], ['recompute', { outputId: 'tabular-1', request: { options: { nSteps: 200 } } }]);
  session.onProgress({ fraction: 0.5, message: 'step 100 of 200' });
  assert.deepEqual(session.job, { label: 'refine to 200 steps', cancelling: false, progress: { fraction: 0.5, message: 'step 100 of 200' } });
  session.onUpdated(readOutput(JSON.parse(JSON.stringify({ ...tabularOutput(), summary: 'new' }))));
  assert.deepEqual([session.job, session.output.summary, session.view.sign], [undefined, 'new', 'negative']);
});

test('one computation at a time', (context) => {
  const { session, sent } = open(context);
  session.onCapabilities(LIVE);
  session.recompute({}, 'one');
  session.recompute({}, 'two');
  assert.equal(sent.filter(([type]) => type === 'recompute').length, 1);
});

test('a failure keeps the output and is put away by the next try', (context) => {
  const { session } = open(context);
  session.onCapabilities(LIVE);
  session.recompute({}, 'one');
  session.onFailed({ code: 'out-of-memory', message: 'no memory' });
  assert.deepEqual([session.failure?.message, session.job], ['no memory', undefined]);
  assert.equal(session.output.id, 'tabular-1');
  session.recompute({}, 'two');
  assert.equal(session.failure, undefined);
});

test('cancelling is sent once, and gives up on a silent host', (context) => {
  const { session, sent } = open(context);
  session.onCapabilities(LIVE);
  session.recompute({}, 'one');
  session.cancel();
  session.cancel();
  assert.equal(sent.filter(([type]) => type === 'cancel').length, 1);
  assert.equal(session.job?.cancelling, true);
  mock.timers.tick(5000);
  assert.equal(session.job, undefined);
});

test('listeners hear of changes until they leave', (context) => {
  const { session } = open(context);
  let heard = 0;
  const leave = session.subscribe(() => heard++);
  session.setView({ sign: 'positive' });
  leave();
  session.setView({ sign: 'all' });
  assert.equal(heard, 1);
});

test('an example or input that is not there shows the last one', (context) => {
  const { session } = open(context);
  session.setView({ example: 9, input: 9 });
  assert.equal(session.example, session.output.examples[0]);
  assert.equal(session.viewModel.name, 'input');
});
