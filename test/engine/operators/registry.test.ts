import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphNode } from '../../../src/engine/graph/graph';
import { allOperators, isSupported, operatorOf } from '../../../src/engine/operators/registry';
import { int64, tensor, type Tensor } from '../../../src/engine/tensor';

const node = (op: string): GraphNode => ({ name: 'node', op, inputs: ['a', 'b'], outputs: ['y'], attributes: {} });

function evaluated(op: string, ...inputs: Tensor[]): unknown {
  const evaluate = operatorOf(node(op)).evaluate;
  assert.ok(evaluate);
  return evaluate(inputs, node(op), [{ dtype: inputs[0].dtype, shape: inputs[0].shape }])[0].data;
}

test('operators are listed once each in alphabetical order', () => {
  const types = allOperators().map(({ type }) => type);
  assert.deepEqual(types, [...new Set(types)].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), 'en')));
});

test('every operator has a derivative and a TensorFlow.js kernel', () => {
  const incomplete = allOperators().filter(({ derivative, tfjs }) => !derivative || !tfjs);
  assert.deepEqual(incomplete.map(({ type }) => type), []);
});

test('an unknown operator is refused by name', () => {
  assert.equal(isSupported('Convolution'), false);
  assert.throws(() => operatorOf(node('Convolution')), { code: 'unsupported-operator', message: "Convolution 'node': this operator is not supported" });
});

test('int64 constants are exact beyond 2^53 and wrap around', () => {
  const large = int64([9007199254740993n, 9223372036854775807n], [2]);
  assert.deepEqual(evaluated('Add', large, int64([2, 1], [2])), BigInt64Array.of(9007199254740995n, -9223372036854775808n));
  assert.deepEqual(evaluated('Mul', large, int64([3, 2], [2])), BigInt64Array.of(27021597764222979n, -2n));
  assert.deepEqual(evaluated('Max', large, int64([9007199254740992n, 0], [2])), large.data);
});

test('int32 constants wrap around', () => {
  const large = tensor('int32', Int32Array.of(2147483647), [1]);
  assert.deepEqual(evaluated('Add', large, tensor('int32', Int32Array.of(1), [1])), Int32Array.of(-2147483648));
});

test('absurd constants are refused', () => {
  const expand = operatorOf(node('Expand'));
  const shape = [2 ** 20, 2 ** 20];
  assert.throws(() => expand.evaluate?.([int64([1], []), int64(shape, [2])], node('Expand'), [{ dtype: 'int64', shape }]), { code: 'out-of-memory' });
});
