import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeFrame, FrameError, FrameReader, type Frame } from '../../../src/engine/endpoint/frames';
import { random } from '../models/mutations';

const LIMITS = { header: 1000, payload: 5 * 2 ** 20 };

function read(bytes: Uint8Array, sizes: Iterable<number> = [bytes.length]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader(LIMITS, (frame) => frames.push(frame));
  let offset = 0;
  for (const size of sizes) reader.push(Buffer.from(bytes.subarray(offset, (offset += size))));
  reader.push(Buffer.from(bytes.subarray(offset)));
  assert.equal(reader.isInside, false);
  return frames;
}

const payload = Uint8Array.from({ length: 3 * 2 ** 20 + 7 }, (_, index) => index % 251);
const stream = Buffer.concat([...encodeFrame({ type: 'first', text: 'größer' }), ...encodeFrame({ type: 'second' }, [payload.subarray(0, 10), payload.subarray(10)]), ...encodeFrame({ type: 'third' })]);

describe('frames', () => {
  it('arrive as they were sent, cut at any place', () => {
    for (let seed = 0; seed < 20; seed++) {
      const next = random(seed);
      const frames = read(stream, Array.from({ length: 200 }, () => next(seed % 2 === 0 ? 30 : 100_000)));
      assert.deepEqual(frames.map(({ header }) => header), [{ type: 'first', text: 'größer' }, { type: 'second' }, { type: 'third' }]);
      assert.deepEqual(frames.map(({ payload: { byteLength } }) => byteLength), [0, payload.byteLength, 0]);
      assert.ok(Buffer.from(frames[1].payload).equals(payload));
    }
  });

  it('have payloads that begin aligned in memory of their own', () => {
    for (const frame of read(stream)) assert.equal(frame.payload.byteOffset % 8, 0);
  });

  it('take memory as bytes arrive, not as they are announced', () => {
    const before = process.memoryUsage.rss();
    const huge = Array.from({ length: 100 }, () => {
      const reader = new FrameReader({ header: 1000, payload: 2 ** 32 }, () => assert.fail());
      const prefix = encodeFrame({ type: 'a' })[0];
      new DataView(prefix.buffer, prefix.byteOffset).setBigUint64(8, 2n ** 32n);
      reader.push(Buffer.from(prefix));
      reader.push(Buffer.alloc(10));
      return reader;
    });
    assert.ok(process.memoryUsage.rss() - before < 200 * 2 ** 20);
    assert.ok(huge.every(({ isInside }) => isInside));
  });

  it('arrive whole when they are larger than the memory that is taken at first', () => {
    const large = Buffer.alloc(70 * 2 ** 20, 'frames');
    const frames: Frame[] = [];
    const reader = new FrameReader({ header: 1000, payload: 2 ** 27 }, (frame) => frames.push(frame));
    const bytes = Buffer.concat(encodeFrame({ type: 'large' }, [large]));
    for (let offset = 0; offset < bytes.length; offset += 3_000_001) reader.push(bytes.subarray(offset, offset + 3_000_001));
    assert.ok(large.equals(frames[0].payload));
  });

  const prefix = (header: number, size: bigint): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.write('ALN1');
    bytes.writeUInt32BE(header, 4);
    bytes.writeBigUInt64BE(size, 8);
    return bytes;
  };
  const withHeader = (text: string | Buffer): Buffer => Buffer.concat([prefix(Buffer.byteLength(text), 0n), Buffer.from(text)]);
  const refused: Record<string, Buffer> = {
    'the first letter of an HTTP request': Buffer.from('G'),
    'another magic number': Buffer.from('ALN2'),
    'a header that is too long': prefix(1001, 0n),
    'a payload that is too long': prefix(10, BigInt(LIMITS.payload) + 1n),
    'a payload of 2^64 - 1 bytes': prefix(10, 2n ** 64n - 1n),
    'an empty header': withHeader(''),
    'a header that is not JSON': withHeader('{"type":"a"'),
    'a header that is not UTF-8': withHeader(Buffer.from([0x22, 0xff, 0x22])),
    'a header without a type': withHeader('{"kind":"a"}'),
    'a header that is a list': withHeader('["type"]'),
    'a header whose type is a number': withHeader('{"type":1}'),
    'a header that is null': withHeader('null'),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    it(`refuse ${what}`, () => assert.throws(() => new FrameReader(LIMITS, () => assert.fail('was delivered')).push(bytes), FrameError));
  }
});
