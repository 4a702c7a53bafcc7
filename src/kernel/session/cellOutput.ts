import { StringDecoder } from 'node:string_decoder';
import type { CellEvent } from '../../protocol/kernel';

type StreamKind = 'stdout' | 'stderr';

/** Text beyond this is dropped: a notebook with more of it cannot be opened any more. */
const MAX_TEXT = 4 * 1024 * 1024;
const FLUSH_LENGTH = 32 * 1024;
const FLUSH_MILLISECONDS = 40;

/**
 * What the running cell produces, or the last one: text in batches, everything in order. Also what is written to the
 * process's standard streams in JavaScript.
 */
export class CellOutput {
  private emit: (event: CellEvent) => void = () => {};
  private pending: { kind: StreamKind; text: string } | undefined;
  private lastFlush = 0;
  private timer: NodeJS.Timeout | undefined;
  private length = 0;

  constructor(
    /** Applied to all text: names the cells in stack traces. */
    private readonly rewrite: (text: string) => string,
  ) {}

  /** From now on everything belongs to another cell. */
  begin(emit: (event: CellEvent) => void): void {
    this.flush();
    this.emit = emit;
    this.length = 0;
  }

  write(kind: StreamKind, text: string): void {
    if (text === '' || this.length > MAX_TEXT) return;
    this.length += text.length;
    if (this.length > MAX_TEXT) {
      this.append('stderr', `\n[Output beyond ${MAX_TEXT / 1024 / 1024} MB is not shown.]\n`);
      return;
    }
    this.append(kind, text);
  }

  show(event: Exclude<CellEvent, { kind: StreamKind }>): void {
    this.flush();
    this.emit(event);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lastFlush = performance.now();
    if (!this.pending) return;
    const { kind, text } = this.pending;
    this.pending = undefined;
    this.emit({ kind, text: this.rewrite(text) });
  }

  /** Takes over the standard streams, and with them the console. */
  capture(): void {
    for (const kind of ['stdout', 'stderr'] as const) {
      const decoder = new StringDecoder('utf8');
      process[kind].write = (chunk: Uint8Array | string, encoding?: BufferEncoding | ((error?: Error | null) => void), callback?: (error?: Error | null) => void) => {
        const bytes = typeof chunk === 'string' && typeof encoding === 'string' && !/^utf-?8$/i.test(encoding) ? Buffer.from(chunk, encoding) : chunk;
        this.write(kind, typeof bytes === 'string' ? bytes : decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
        const done = typeof encoding === 'function' ? encoding : callback;
        if (done) process.nextTick(done);
        return true;
      };
    }
  }

  private append(kind: StreamKind, text: string): void {
    if (this.pending?.kind !== kind) {
      if (this.pending) this.flush();
      this.pending = { kind, text };
    } else {
      this.pending.text += text;
    }
    // A loop that never yields starves the timer, so the clock is asked as well.
    if (this.pending.text.length >= FLUSH_LENGTH || performance.now() - this.lastFlush > FLUSH_MILLISECONDS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
  }
}
