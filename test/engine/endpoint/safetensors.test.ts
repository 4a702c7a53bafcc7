import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LensError } from '../../../src/protocol/errors';
import { readSafetensors, writeSafetensors } from '../../../src/engine/endpoint/safetensors';
import { float32, int64, tensor, type Tensor } from '../../../src/engine/tensor';
import { mutations, random } from '../models/mutations';

const SEEDS = 100;
/** Those that need not know the format. */
const kinds = Object.entries(mutations).filter(([name]) => !name.includes('field'));

/** A file by hand: what its header says need not be true. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, data]);
}

const entry = (dtype: string, shape: unknown, offsets: unknown): object => ({ x: { dtype, shape, data_offsets: offsets } });
const all: Tensor[] = [
  float32([1.5, -2, 3e-40, 0, 5, 6], [2, 3]),
  int64([1n, -(2n ** 62n)], [2]),
  tensor('int32', Int32Array.of(7, -8), [1, 2]),
  tensor('uint8', Uint8Array.of(255), []),
  tensor('int8', Int8Array.of(-1, 2, 3), [3]),
  tensor('bool', Uint8Array.of(1, 0), [2]),
  float32([], [0, 4]),
];

describe('safetensors', () => {
  it('returns what was written', () => {
    const read = readSafetensors(Buffer.concat(writeSafetensors(all)));
    for (const [index, { dtype, shape, data }] of all.entries()) assert.deepEqual({ ...read.get(String(index)) }, { dtype, shape: [...shape], data });
    assert.equal(read.size, all.length);
  });

  it('begins the elements at a multiple of 8 bytes', () => {
    for (const tensors of [all, all.slice(1, 3), [all[0]]]) assert.equal(writeSafetensors(tensors)[0].byteLength % 8, 0);
  });

  it('reads no tensors from an empty file and from an empty header', () => {
    assert.equal(readSafetensors(new Uint8Array(0)).size, 0);
    assert.equal(readSafetensors(file({ __metadata__: { format: 'pt' } })).size, 0);
  });

  it('reads float64, float16 and bfloat16 as float32, int16 as int32', () => {
    const bytes = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer);
    const read = (dtype: string, values: ArrayBufferView, count: number): unknown => readSafetensors(file(entry(dtype, [count], [0, values.byteLength]), bytes(values))).get('x');
    assert.deepEqual(read('F64', Float64Array.of(0.5, -3), 2), float32([0.5, -3], [2]));
    assert.deepEqual(read('F16', Uint16Array.of(0x3c00, 0xc000, 0x7c00), 3), float32([1, -2, Infinity], [3]));
    assert.deepEqual(read('BF16', Uint16Array.of(0x3f80, 0xc040), 2), float32([1, -3], [2]));
    assert.deepEqual(read('I16', Int16Array.of(-5), 1), tensor('int32', Int32Array.of(-5), [1]));
  });

  it('reads tensors that are not aligned', () => {
    const data = Buffer.concat([Uint8Array.of(9), new Uint8Array(Float32Array.of(4).buffer)]);
    const header = { a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, b: { dtype: 'F32', shape: [], data_offsets: [1, 5] } };
    assert.deepEqual(readSafetensors(file(header, data)).get('b'), float32([4], []));
  });

  const refused: Record<string, [Uint8Array, RegExp]> = {
    'a file of less than 8 bytes': [Uint8Array.of(1, 2, 3), /its header cannot have/],
    'a header longer than the file': [file('{}', undefined, 3n), /its header cannot have 3/],
    'a header of 2^64 - 1 bytes': [file('{}', undefined, 2n ** 64n - 1n), /its header cannot have/],
    'a header that is not JSON': [file('{"x":'), /not a JSON object/],
    'a header that is not UTF-8': [Buffer.concat([file('', undefined, 2n), Uint8Array.of(0xff, 0xfe)]), /not a JSON object/],
    'a list': [file('[]'), /not a JSON object/],
    'an unknown element type': [file(entry('F8_E4M3', [1], [0, 1]), new Uint8Array(1)), /has the element type "F8_E4M3"/],
    'an element type of Object.prototype': [file(entry('constructor', [1], [0, 1]), new Uint8Array(1)), /has the element type/],
    'a negative axis': [file(entry('U8', [-1, -1], [0, 1]), new Uint8Array(1)), /shape of tensor 'x'/],
    'a fraction as an axis': [file(entry('U8', [0.5, 2], [0, 1]), new Uint8Array(1)), /shape of tensor 'x'/],
    'a thousand axes': [file(entry('U8', Array<number>(1000).fill(1), [0, 1]), new Uint8Array(1)), /shape of tensor 'x'/],
    'axes whose product overflows': [file(entry('F32', [2 ** 53 - 1, 2 ** 53 - 1, 1024], [0, 4]), new Uint8Array(4)), /has 4 bytes/],
    'no place': [file({ x: { dtype: 'U8', shape: [1] } }, new Uint8Array(1)), /has no place/],
    'a place beyond the end': [file(entry('U8', [2], [0, 2]), new Uint8Array(1)), /lies from 0 to 2 of 1/],
    'an end before the begin': [file(entry('U8', [0], [1, 0]), new Uint8Array(1)), /lies from 1 to 0/],
    'fewer bytes than the shape needs': [file(entry('F32', [2], [0, 4]), new Uint8Array(4)), /shape \[2\] and type F32 has 4 bytes/],
    'bytes of two tensors': [file({ a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] }, b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } }, new Uint8Array(3)), /must begin at 2/],
    'bytes of no tensor': [file(entry('U8', [1], [0, 1]), new Uint8Array(2)), /have 1 of 2 bytes/],
    'an entry that is null': [file({ x: null }), /has the element type/],
  };
  for (const [what, [bytes, message]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => assert.throws(() => readSafetensors(bytes), (error) => error instanceof LensError && error.code === 'invalid-argument' && message.test(error.message)));
  }

  it(`reads or refuses ${SEEDS * kinds.length} damaged files, and never throws anything else`, () => {
    const original = Buffer.concat(writeSafetensors(all));
    let refusals = 0;
    for (const [name, mutate] of kinds) {
      for (let seed = 0; seed < SEEDS; seed++) {
        try {
          readSafetensors(mutate(original, random(seed)));
        } catch (error) {
          assert.ok(error instanceof LensError, `${name}, seed ${seed}: ${String(error)}`);
          refusals++;
        }
      }
    }
    assert.ok(refusals > SEEDS, `only ${refusals} were refused`);
  });
});
