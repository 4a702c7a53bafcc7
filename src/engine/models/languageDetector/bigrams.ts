import { createRequire } from 'node:module';

/** The detector reads this many bigrams at most, and ignores what follows. */
export const MOST_BIGRAMS = 10_000;
/** Bigrams are hashed to so many buckets. */
export const BUCKETS = 5000;

/** The bigrams of neighbouring bytes that the detector sees of a text. */
export interface Bigrams {
  /** The bucket of each bigram. */
  readonly buckets: Int32Array;
  /** For each byte read, the offset in the text of the character it is part of, in UTF-16 units. Bigram i is of bytes i and i + 1. */
  readonly offsets: Int32Array;
  /** Whether there was more text than the detector reads. */
  readonly truncated: boolean;
}

/**
 * Splits a text as the detector does: line ends become \n, the text UTF-8, each two neighbouring bytes `b1`, `b2` the
 * string "b1 b2", and that a bucket by TensorFlow's string_to_hash_bucket_fast (FarmHash's Fingerprint64). A byte that
 * is not ASCII becomes U+FFFD, since TensorFlow.js decodes each byte as a string of its own.
 */
export function bigramsOf(text: string): Bigrams {
  const bytes: number[] = [];
  const offsets: number[] = [];
  const encoder = new TextEncoder();
  let position = 0;
  for (const character of text) {
    if (bytes.length > MOST_BIGRAMS) break;
    const isLineEnd = character === '\r' && text[position + 1] === '\n';
    if (!isLineEnd) {
      for (const byte of encoder.encode(character)) {
        bytes.push(byte);
        offsets.push(position);
      }
    }
    position += character.length;
  }
  const count = Math.min(MOST_BIGRAMS, Math.max(0, bytes.length - 1));
  return {
    buckets: Int32Array.from({ length: count }, (_, index) => bucketOf(bytes[index], bytes[index + 1])),
    offsets: Int32Array.from(offsets.slice(0, count + 1)),
    truncated: position < text.length || bytes.length > MOST_BIGRAMS + 1,
  };
}

/** ASCII, and one more for all other bytes. */
const SYMBOLS = 129;
const REPLACEMENT = [0xef, 0xbf, 0xbd];
const SPACE = 0x20;

/** Buckets by bigram, computed when first seen; -1 before. */
const known = new Int16Array(SYMBOLS * SYMBOLS).fill(-1);

type Core = typeof import('@tensorflow/tfjs-core');

/** TensorFlow.js's core, which has the hash function; loaded when a text is first read. */
let core: Core | undefined;

function bucketOf(...bytes: [number, number]): number {
  const [first, second] = bytes.map((byte) => Math.min(byte, SYMBOLS - 1));
  const index = first * SYMBOLS + second;
  if (known[index] < 0) {
    const { util } = (core ??= createRequire(__filename)('@tensorflow/tfjs-core') as Core);
    const encoded = (symbol: number): number[] => (symbol === SYMBOLS - 1 ? REPLACEMENT : [symbol]);
    known[index] = util.fingerPrint64(Uint8Array.of(...encoded(first), SPACE, ...encoded(second))).modulo(BUCKETS).toNumber();
  }
  return known[index];
}
