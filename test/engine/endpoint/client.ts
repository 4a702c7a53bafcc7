import assert from 'node:assert/strict';
import net from 'node:net';
import { ENDPOINT_PROTOCOL } from '../../../src/protocol/endpoint';
import { encodeFrame, FrameReader, type Frame } from '../../../src/engine/endpoint/frames';
import { readSafetensors, writeSafetensors } from '../../../src/engine/endpoint/safetensors';
import { proofOf } from '../../../src/engine/endpoint/server';
import type { Tensor } from '../../../src/engine/tensor';

const LIMITS = { header: 2 ** 24, payload: 2 ** 30 };
export const NONCE = '00112233445566778899aabbccddeeff';

type Header = Readonly<Record<string, unknown>>;

/** A client of the endpoint over a real socket, as a process that knows the protocol would be. */
export class Client {
  readonly progress: Header[] = [];
  /** Functions that the engine may call. */
  readonly functions = new Map<number, (...values: unknown[]) => unknown>();
  readonly closed: Promise<void>;
  private readonly frames: Frame[] = [];
  private readonly waiting: ((frame: Frame | undefined) => void)[] = [];
  private readonly calls = new Map<number, (frame: Frame) => void>();
  private next = 1;

  constructor(readonly socket: net.Socket) {
    const reader = new FrameReader(LIMITS, (frame) => this.take(frame));
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const wake of this.waiting.splice(0)) wake(undefined);
        resolve();
      });
    });
  }

  static connect(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(new Client(socket))).once('error', reject);
    });
  }

  /** Connects and shows that it knows the token. */
  static async introduced(port: number, token: string): Promise<Client> {
    const client = await Client.connect(port);
    client.send(hello(token));
    const welcome = await client.receive();
    assert.equal(welcome?.header.type, 'welcome');
    assert.equal(welcome.header.proof, proofOf(token, 'server', NONCE));
    return client;
  }

  send(header: Header, tensors: readonly Tensor[] = [], payload = writeSafetensors(tensors)): void {
    for (const part of encodeFrame(header, payload)) this.socket.write(part);
  }

  /** The next frame that answers no call; undefined when the connection ends before. */
  receive(): Promise<Frame | undefined> {
    const frame = this.frames.shift();
    if (frame || this.socket.destroyed) return Promise.resolve(frame);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Makes a call; resolves with the frame that ends it. */
  call(call: string, fields: Header = {}, tensors: readonly Tensor[] = [], payload?: readonly Uint8Array[]): { readonly id: number; readonly answer: Promise<Frame> } {
    const id = this.next++;
    const answer = new Promise<Frame>((resolve) => this.calls.set(id, resolve));
    this.send({ type: 'invoke', id, call, ...fields }, tensors, payload ? [...payload] : writeSafetensors(tensors));
    return { id, answer };
  }

  /** Makes a call that must succeed. */
  async result(call: string, fields: Header = {}, tensors: readonly Tensor[] = [], payload?: readonly Uint8Array[]): Promise<{ value: unknown; tensors: Map<string, Tensor>; explanation: unknown }> {
    const { header, payload: file } = await this.call(call, fields, tensors, payload).answer;
    assert.equal(header.type, 'result', JSON.stringify(header));
    return { value: header.value, tensors: readSafetensors(file), explanation: header.explanation };
  }

  /** Makes a call that must fail. */
  async error(call: string, fields: Header = {}, tensors: readonly Tensor[] = [], payload?: readonly Uint8Array[]): Promise<Header> {
    const { header } = await this.call(call, fields, tensors, payload).answer;
    assert.equal(header.type, 'error', JSON.stringify(header));
    return header;
  }

  close(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }

  private take(frame: Frame): void {
    const { header } = frame;
    if (header.type === 'progress') this.progress.push(header);
    else if (header.type === 'callback' && this.functions.has(header.callback as number)) void this.serve(frame);
    else if ((header.type === 'result' || header.type === 'error') && this.calls.has(header.id as number)) {
      this.calls.get(header.id as number)?.(frame);
      this.calls.delete(header.id as number);
    } else {
      const wake = this.waiting.shift();
      if (wake) wake(frame);
      else this.frames.push(frame);
    }
  }

  /** Functions get tensors and headers as they come, and return a tensor. */
  private async serve({ header, payload }: Frame): Promise<void> {
    try {
      const tensors = readSafetensors(payload);
      const values = (header.arguments as { $tensor: string }[]).map(({ $tensor }) => tensors.get($tensor));
      const returned = await this.functions.get(header.callback as number)?.(...values, header);
      this.send({ type: 'returned', id: header.id, value: { $tensor: '0' } }, [returned as Tensor]);
    } catch (error) {
      this.send({ type: 'raised', id: header.id, message: String(error) });
    }
  }
}

/** The first message of a client. */
export const hello = (token: string): Header & { type: string } => ({
  type: 'hello',
  version: ENDPOINT_PROTOCOL,
  nonce: NONCE,
  proof: proofOf(token, 'client', NONCE),
  client: { python: '3.11.2', torch: '2.1.0' },
  cwd: '/home/someone/project',
});
