import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64FromBytes, base64FromFloats, bytesFromBase64, floatsFromBase64 } from '../../src/visualization/base64';

test('floats survive the way there and back, NaN and infinity included', () => {
  const values = Float32Array.of(1.5, -0, NaN, Infinity, 1e-40);
  assert.deepEqual(floatsFromBase64(base64FromFloats(values), 5), values);
});

test('the bytes are those of a little-endian buffer', () => {
  assert.equal(base64FromFloats(Float32Array.of(1)), Buffer.of(0, 0, 0x80, 0x3f).toString('base64'));
});

test('a megabyte is encoded', () => {
  const bytes = Uint8Array.from({ length: 2 ** 20 }, (_, i) => i);
  assert.equal(base64FromBytes(bytes), Buffer.from(bytes).toString('base64'));
});

test('text that is not base64 is refused', () => assert.throws(() => bytesFromBase64('a*b'), /not base64: 'a\*b…'/));

test('a wrong number of floats is refused', () => assert.throws(() => floatsFromBase64('AAAA', 2), /2 float32 values need 8 bytes, got 3/));
