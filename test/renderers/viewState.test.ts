import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeView, DEFAULT_VIEW_STATE, ViewStateStore, type SavedStates } from '../../renderers/viewState';

function storeOver(saved: unknown): { store: ViewStateStore; saved(): SavedStates } {
  let state = saved;
  const store = new ViewStateStore({ getState: () => state, setState: (value) => (state = structuredClone(value)) });
  return { store, saved: () => state as SavedStates };
}

test('a mode that shows strength only switches sign all to absolute_value, and back', () => {
  const masked = changeView(DEFAULT_VIEW_STATE, { mode: 'masked_image' });
  assert.deepEqual([masked.sign, masked.signBefore], ['absolute_value', 'all']);
  const back = changeView(masked, { mode: 'heat_map' });
  assert.deepEqual([back.sign, back.signBefore], ['all', undefined]);
});

test('a sign chosen in such a mode is kept when it is left', () => {
  const masked = changeView(DEFAULT_VIEW_STATE, { mode: 'alpha_scaling' });
  const positive = changeView(masked, { sign: 'positive' });
  assert.equal(changeView(positive, { mode: 'heat_map' }).sign, 'positive');
});

test('a sign that such a mode can show is left alone', () => {
  const negative = changeView(DEFAULT_VIEW_STATE, { sign: 'negative' });
  assert.equal(changeView(negative, { mode: 'masked_image' }).sign, 'negative');
});

test('states are kept by output id and come back', () => {
  const first = storeOver(undefined);
  first.store.set('a', changeView(DEFAULT_VIEW_STATE, { sign: 'negative', outlierPerc: 5, example: 2, order: 'strength' }));
  const second = storeOver(JSON.parse(JSON.stringify(first.saved())));
  assert.deepEqual({ ...second.store.get('a') }, { ...DEFAULT_VIEW_STATE, sign: 'negative', outlierPerc: 5, example: 2, order: 'strength', signBefore: undefined });
  assert.deepEqual(second.store.get('b'), DEFAULT_VIEW_STATE);
});

test('an id may be the name of a property of objects', () => {
  const { store } = storeOver(undefined);
  assert.deepEqual(store.get('__proto__'), DEFAULT_VIEW_STATE);
  store.set('__proto__', changeView(DEFAULT_VIEW_STATE, { sign: 'positive' }));
  assert.equal(store.get('__proto__').sign, 'positive');
});

test('what was saved is not trusted', () => {
  for (const saved of [null, 3, { outputs: 'x' }, { outputs: [null, ['a'], ['b', { sign: 'evil', mode: 3, outlierPerc: -1, example: -4, input: 1.5, scheme: {}, order: 1 }]] }]) {
    const { store } = storeOver(saved);
    for (const id of ['a', 'b']) assert.deepEqual({ ...store.get(id) }, { ...DEFAULT_VIEW_STATE, ...(store.get(id) === DEFAULT_VIEW_STATE ? {} : { order: undefined, signBefore: undefined }) });
  }
});

test('a saved mode cannot come with a sign that it cannot show', () => {
  const { store } = storeOver({ outputs: [['a', { mode: 'masked_image', sign: 'all' }]] });
  assert.equal(store.get('a').sign, 'absolute_value');
});

test('only the last 200 outputs are kept', () => {
  const { store, saved } = storeOver(undefined);
  for (let i = 0; i < 250; i++) store.set(`output ${i}`, DEFAULT_VIEW_STATE);
  assert.equal(saved().outputs.length, 200);
  assert.equal(saved().outputs[0][0], 'output 50');
});
