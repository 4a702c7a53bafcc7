import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNumber, formatPercent } from '../../src/visualization/formatNumber';
import { columnFormat, formatBytes, formatSeconds, formatSigned, targetDetail, targetName } from '../../renderers/format';

test('numbers have three significant digits and a typographic minus', () => {
  assert.deepEqual([0.021345, -0.5, 0, 1234.5, 1e-7, -2.5e9, NaN, -Infinity].map((value) => formatNumber(value)), ['0.0213', '−0.5', '0', '1230', '1.00e−7', '−2.50e9', 'NaN', '−∞']);
});

test('signed numbers show their plus', () => assert.deepEqual([0.5, -0.5, 0].map((value) => formatSigned(value)), ['+0.5', '−0.5', '0']));

test('a column has equally many decimals', () => {
  assert.deepEqual([0, -0.5899, -1.8985].map(columnFormat([0, -0.5899, -1.8985], 5)), ['0', '−0.5899', '−1.8985']);
  assert.deepEqual([0.44, 0.3].map(columnFormat([0.44, 0.3], 3)), ['+0.440', '+0.300']);
  assert.deepEqual([NaN, 12345678].map(columnFormat([NaN, 12345678], 3)), ['NaN', '+1.23e7']);
});

test('shares are percentages', () => assert.deepEqual([0, 0.0037, 0.00001, 0.254].map(formatPercent), ['0\u00a0%', '0.37\u00a0%', '< 0.01\u00a0%', '25.4\u00a0%']));

test('times are as coarse as they are long', () => {
  assert.deepEqual([0.02, 1.23, 4, 95, 720].map(formatSeconds), ['20\u00a0ms', '1.2\u00a0s', '4\u00a0s', '95\u00a0s', '12\u00a0min']);
});

test('memory is in megabytes or gigabytes', () => assert.deepEqual([199 * 2 ** 20, 3 * 2 ** 30].map(formatBytes), ['199\u00a0MB', '3.0\u00a0GB']));

test('targets are named by label, index or not at all', () => {
  assert.deepEqual(
    [{ index: [3], label: 'cat', score: 1 }, { index: [3], score: 1 }, { index: [1, 2], score: 1 }, { index: [], score: 1 }].map(targetName),
    ['cat', 'output 3', 'output [1, 2]', 'the output'],
  );
});

test('targets are detailed by probability or score', () => {
  assert.equal(targetDetail({ index: [967], label: 'espresso', score: 11, probability: 0.834 }), 'class 967, p = 0.83');
  assert.equal(targetDetail({ index: [0], score: -0.793 }), 'score −0.793');
});
