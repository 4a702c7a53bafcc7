import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import net from 'node:net';
import { ENDPOINT_PROTOCOL, type EndpointClient } from '../../protocol/endpoint';
import { Connection, type Outbox } from './connection';
import { encodeFrame, FrameReader, type Frame, type FrameLimits } from './frames';
import { names } from './names';

export interface ServerOptions {
  /** How long a client may take to introduce itself, in milliseconds. Default: 5000. */
  readonly helloTimeout?: number;
  /** Clients at the same time. Default: 64. */
  readonly mostConnections?: number;
  /** Bytes of one message. Default: 16 MiB and 4 GiB. */
  readonly limits?: FrameLimits;
}

/** A first message is short, and has no payload. */
const HELLO_LIMITS: FrameLimits = { header: 64 * 2 ** 10, payload: 0 };
/** Of those that have not introduced themselves, the oldest gives way. */
const MOST_STRANGERS = 16;
const TOKEN_BYTES = 32;
/** More than this waits to be sent to a client that does not read: its messages have to wait, too. */
const MOST_UNSENT = 64 * 2 ** 20;

/**
 * Serves attributions to processes of this machine and user. Who connects must prove in the first message to know the
 * token, of which a keyed hash of a number of its choice is sent; everything else is closed without an answer. The answer
 * proves the same, so that a client does not give its data to another process that listens where an engine did.
 */
export class EndpointServer {
  readonly token = randomBytes(TOKEN_BYTES).toString('hex');
  private readonly server: net.Server;
  private readonly connections = new Map<net.Socket, Connection>();
  private readonly strangers = new Set<net.Socket>();
  private readonly limits: FrameLimits;
  private readonly helloTimeout: number;
  private readonly mostConnections: number;

  constructor({ helloTimeout = 5000, mostConnections = 64, limits = { header: 16 * 2 ** 20, payload: 4 * 2 ** 30 } }: ServerOptions = {}) {
    this.limits = limits;
    this.helloTimeout = helloTimeout;
    this.server = net.createServer({ noDelay: true }, (socket) => this.accept(socket));
    this.mostConnections = mostConnections;
  }

  /** Listens on a free port of the loopback interface and resolves with it. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
        const address = this.server.address();
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('The endpoint has no port'));
      });
    });
  }

  get clients(): EndpointClient[] {
    return [...this.connections.values()].map(({ status }) => status);
  }

  /** Closes all connections. */
  close(): Promise<void> {
    for (const socket of [...this.strangers, ...this.connections.keys()]) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: net.Socket): void {
    const [oldest] = this.strangers;
    if (this.strangers.size >= MOST_STRANGERS) oldest.destroy();
    this.strangers.add(socket);
    const close = (): void => {
      if (this.strangers.has(socket)) socket.destroy();
    };
    // a hello that came while this thread was busy is received first
    const timer = setTimeout(() => setImmediate(close), this.helloTimeout);
    const reader = new FrameReader(HELLO_LIMITS, (frame) => {
      if (socket.destroyed) return;
      const connection = this.connections.get(socket);
      if (connection) return connection.receive(frame);
      this.strangers.delete(socket);
      clearTimeout(timer);
      this.introduce(socket, frame);
      reader.limits = this.limits;
    });
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk);
        if (socket.writableNeedDrain && socket.writableLength > MOST_UNSENT) socket.pause();
      } catch {
        socket.destroy(); // the stream cannot be read any further
      }
    });
    socket.on('drain', () => socket.resume());
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      clearTimeout(timer);
      this.strangers.delete(socket);
      this.connections.get(socket)?.end();
      this.connections.delete(socket);
    });
  }

  private introduce(socket: net.Socket, { header }: Frame): void {
    const { type, nonce, proof, version, client, cwd } = header;
    if (type !== 'hello' || typeof nonce !== 'string' || !this.isProof(proof, nonce)) return void socket.destroy();
    const outbox = outboxOf(socket);
    const refuse = (message: string): void => {
      outbox.send({ type: 'refused', message });
      socket.end(() => socket.destroy());
    };
    if (version !== ENDPOINT_PROTOCOL) return refuse(`the engine speaks version ${ENDPOINT_PROTOCOL} of the protocol, and the attribution_lens package version ${JSON.stringify(version)?.slice(0, 20)}`);
    if (this.connections.size >= this.mostConnections) return refuse(`it has ${this.mostConnections} clients already`);
    this.connections.set(socket, new Connection(outbox, { description: describeClient(client), folder: typeof cwd === 'string' ? cwd.slice(0, 1000) : '' }));
    outbox.send({ type: 'welcome', version: ENDPOINT_PROTOCOL, pid: process.pid, proof: proofOf(this.token, 'server', nonce), api: names });
  }

  /** Compared in constant time. */
  private isProof(proof: unknown, nonce: string): boolean {
    const expected = Buffer.from(proofOf(this.token, 'client', nonce));
    const given = Buffer.from(typeof proof === 'string' ? proof : '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

/** What shows that one knows the token, to the side that chose the number. */
export const proofOf = (token: string, side: 'client' | 'server', nonce: string): string => createHmac('sha256', token).update(`${side} ${nonce}`).digest('hex');

function outboxOf(socket: net.Socket): Outbox {
  return {
    send(header, payload) {
      if (!socket.writable) return;
      socket.cork();
      for (const part of encodeFrame(header, payload)) socket.write(part);
      socket.uncork();
    },
    get isWaiting() {
      return socket.writableNeedDrain;
    },
  };
}

/** `Python 3.11.2, torch 2.1.0` */
function describeClient(client: unknown): string {
  const versions = typeof client === 'object' && client !== null ? Object.entries(client) : [];
  const shown = versions.slice(0, 8).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return shown.map(([name, version]) => `${name === 'python' ? 'Python' : name} ${version.slice(0, 40)}`).join(', ').slice(0, 200) || 'a client without a name';
}
