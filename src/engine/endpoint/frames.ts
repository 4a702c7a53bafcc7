/**
 * Framed messages on a byte stream: `ALN1`, the length of the header (4 bytes) and of the payload (8 bytes), big-endian;
 * then the header, JSON in UTF-8, and the payload: a safetensors file, or bytes.
 */
export interface Frame {
  readonly header: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly payload: Uint8Array;
}

/** How large the parts of a frame may be, in bytes. */
export interface FrameLimits {
  readonly header: number;
  readonly payload: number;
}

/** What arrived is not a frame, or too large; the stream cannot be read any further. */
export class FrameError extends Error {}

const MAGIC = Buffer.from('ALN1');
const PREFIX_BYTES = 16;
/** More than this is taken as bytes arrive, not as they are announced; up to it, the system gives pages when they are written. */
const FIRST_BYTES = 64 * 2 ** 20;
const GROWTH = 4;

/** A frame as buffers to be written one after the other; payloads are not copied. */
export function encodeFrame(header: Readonly<Record<string, unknown>>, payload: readonly Uint8Array[] = []): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32BE(text.length, 4);
  prefix.writeBigUInt64BE(BigInt(payload.reduce((sum, { byteLength }) => sum + byteLength, 0)), 8);
  return [Buffer.concat([prefix, text]), ...payload];
}

/** Bytes of a known number that arrive in parts, in memory of their own that begins aligned for any element type. */
class Part {
  private memory: Buffer;
  private filled = 0;

  constructor(private readonly size: number) {
    this.memory = Buffer.allocUnsafeSlow(Math.min(size, FIRST_BYTES));
  }

  get isWhole(): boolean {
    return this.filled === this.size;
  }

  /** Only what arrived. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.filled);
  }

  /** Takes what belongs to it, and returns how many bytes that were. */
  take(chunk: Buffer): number {
    const count = Math.min(chunk.length, this.size - this.filled);
    if (this.filled + count > this.memory.length) this.grow(this.filled + count);
    chunk.copy(this.memory, this.filled, 0, count);
    this.filled += count;
    return count;
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.size, Math.max(needed, this.memory.length * GROWTH)));
    this.memory.copy(larger, 0, 0, this.filled);
    this.memory = larger;
  }
}

/** Reads frames from the chunks of a stream. */
export class FrameReader {
  private state: 'prefix' | 'header' | 'payload' = 'prefix';
  private part = new Part(PREFIX_BYTES);
  private header: Frame['header'] = { type: '' };
  private sizes = { header: 0, payload: 0 };

  /** `limits` may be changed between frames. */
  constructor(
    public limits: FrameLimits,
    private readonly deliver: (frame: Frame) => void,
  ) {}

  /** Whether a frame has begun and not ended. */
  get isInside(): boolean {
    return this.state !== 'prefix' || this.part.bytes.length > 0;
  }

  /** @throws FrameError as soon as it is certain that no frame comes. */
  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0 || this.part.isWhole; ) {
      rest = rest.subarray(this.part.take(rest));
      if (this.state === 'prefix') requireMagic(this.part.bytes);
      if (!this.part.isWhole) return;
      this.advance();
    }
  }

  private advance(): void {
    const { bytes } = this.part;
    if (this.state === 'prefix') {
      this.sizes = sizesIn(bytes, this.limits);
      this.begin('header', this.sizes.header);
    } else if (this.state === 'header') {
      this.header = parseHeader(bytes);
      this.begin('payload', this.sizes.payload);
    } else {
      this.begin('prefix', PREFIX_BYTES);
      this.deliver({ header: this.header, payload: bytes });
    }
  }

  private begin(state: FrameReader['state'], size: number): void {
    this.state = state;
    this.part = new Part(size);
  }
}

function requireMagic(bytes: Buffer): void {
  const known = Math.min(bytes.length, MAGIC.length);
  if (bytes.compare(MAGIC, 0, known, 0, known) !== 0) throw new FrameError('What arrived does not begin with ALN1');
}

function sizesIn(prefix: Buffer, limits: FrameLimits): { header: number; payload: number } {
  const header = prefix.readUInt32BE(4);
  const payload = prefix.readBigUInt64BE(8);
  if (header > limits.header) throw new FrameError(`A header has at most ${limits.header} bytes, got ${header}`);
  if (payload > BigInt(limits.payload)) throw new FrameError(`A payload has at most ${limits.payload} bytes, got ${payload}`);
  return { header, payload: Number(payload) };
}

function parseHeader(bytes: Buffer): Frame['header'] {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isHeader(header)) return header;
  } catch {
    // said below
  }
  throw new FrameError('A header must be a JSON object with a type');
}

const isHeader = (value: unknown): value is Frame['header'] => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
