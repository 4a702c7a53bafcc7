import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { encodeFrame } from '../../../src/engine/endpoint/frames';
import { EndpointServer } from '../../../src/engine/endpoint/server';
import { random } from '../models/mutations';
import { Client, hello } from './client';

const HELLO_TIMEOUT = 400;

/** Sends bytes to a port; resolves with what came back when the other side has closed the connection. */
function answerTo(port: number, bytes: Uint8Array, { ends = false } = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {}); // a connection that is closed while it is written to
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.on('end', () => socket.end());
    socket.once('connect', () => (ends ? socket.end(bytes) : socket.write(bytes)));
    socket.setTimeout(120_000, () => reject(new Error('The connection was not closed')));
  });
}

const frame = (header: Readonly<Record<string, unknown>>, payload: Uint8Array[] = []): Buffer => Buffer.concat(encodeFrame(header, payload));

describe('endpoint server', () => {
  let server: EndpointServer;
  let port: number;
  before(async () => {
    server = new EndpointServer({ helloTimeout: HELLO_TIMEOUT, mostConnections: 8, limits: { header: 2 ** 16, payload: 2 ** 20 } });
    port = await server.listen();
  });
  after(() => server.close());

  /** The server is well: it takes a client, and answers it. */
  const isLive = async (): Promise<void> => {
    const client = await Client.introduced(port, server.token);
    assert.equal((await client.error('nothing')).code, 'not-found');
    await client.close();
  };

  it('listens on the loopback interface only', async () => {
    const address = net.connect({ host: '127.0.0.1', port });
    await new Promise((resolve) => address.once('connect', resolve));
    assert.equal(address.remoteAddress, '127.0.0.1');
    address.destroy();
  });

  it('takes a client that knows the token, and says what it offers', async () => {
    const client = await Client.connect(port);
    client.send(hello(server.token));
    const welcome = await client.receive();
    assert.equal(welcome?.header.type, 'welcome');
    const { classes, functions } = welcome.header.api as { classes: string[]; functions: string[] };
    assert.ok(classes.includes('IntegratedGradients') && functions.includes('infidelity'));
    assert.ok(![...classes, ...functions].some((name) => ['Attribution', 'loadModel', 'loadImage', 'loadTensor'].includes(name)));
    assert.deepEqual(server.clients, [{ description: 'Python 3.11.2, torch 2.1.0', folder: '/home/someone/project', running: 0 }]);
    await client.close();
  });

  const good = (): Readonly<Record<string, unknown>> => hello(server.token);
  const strangers: Record<string, () => Uint8Array> = {
    'an HTTP request': () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    'an HTTP request of a web page': () => Buffer.from('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\nALN1'),
    'a TLS handshake': () => Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
    'a wrong token': () => frame(hello('0'.repeat(64))),
    'the proof of the server': () => frame({ ...hello(server.token), proof: hello(server.token).nonce }),
    'a proof for another nonce': () => frame({ ...hello(server.token), nonce: 'another' }),
    'an empty proof': () => frame({ ...good(), proof: '' }),
    'a proof that is no string': () => frame({ ...good(), proof: [good().proof] }),
    'no proof': () => frame({ ...good(), proof: undefined }),
    'no nonce': () => frame({ ...good(), nonce: undefined }),
    'the token itself': () => frame({ type: 'hello', version: 1, token: server.token }),
    'a call before the hello': () => frame({ type: 'invoke', id: 1, call: 'construct', class: 'SkLearnLasso', arguments: [] }),
    'a hello with a payload': () => frame(good(), [Uint8Array.of(1)]),
    'a hello that is too long': () => frame({ ...good(), cwd: 'x'.repeat(2 ** 16) }),
    'a hello of another type': () => frame({ ...good(), type: 'HELLO' }),
    'a hello after another one that was wrong': () => Buffer.concat([frame(hello('wrong')), frame(good())]),
  };
  for (const [what, bytes] of Object.entries(strangers)) {
    it(`closes the connection without an answer for ${what}`, async () => {
      assert.equal((await answerTo(port, bytes())).length, 0);
      await isLive();
    });
  }

  it('says that it speaks another version to a client that knows the token', async () => {
    const answer = await answerTo(port, frame({ ...good(), version: 99 }));
    assert.match(answer.toString(), /"refused".*version 1 of the protocol/);
  });

  it('closes connections on which the hello does not arrive in time, also when it arrives letter by letter', async () => {
    const silent = answerTo(port, Buffer.from('ALN1'));
    const slow = await Client.connect(port);
    const bytes = frame(good());
    let sent = 0;
    while (!slow.socket.destroyed && sent < bytes.length) {
      slow.socket.write(bytes.subarray(sent, ++sent));
      await setTimeout(20);
    }
    await slow.closed;
    assert.ok(sent < bytes.length, 'closed before all of it was sent');
    assert.equal((await silent).length, 0);
    await isLive();
  });

  it('lets the oldest of many silent connections go, and takes a client all the same', async () => {
    const silent = await Promise.all(Array.from({ length: 60 }, () => Client.connect(port)));
    await isLive();
    await Promise.all(silent.map(({ closed }) => closed));
  });

  it('takes no more clients than it should', async () => {
    const clients = [];
    for (let count = 0; count < 8; count++) clients.push(await Client.introduced(port, server.token));
    const one = await Client.connect(port);
    one.send(hello(server.token));
    assert.equal((await one.receive())?.header.type, 'refused');
    await one.closed;
    await Promise.all(clients.map((client) => client.close()));
    await isLive();
  });

  it('closes the connection of a client whose message is too large', async () => {
    const client = await Client.introduced(port, server.token);
    client.send({ type: 'invoke', id: 1, call: 'loadModel', format: 'onnx', name: 'big' }, [], [Buffer.alloc(2 ** 20 + 1)]);
    await client.closed;
    await isLive();
  });

  it('closes 300 connections on which something else arrives, of whatever kind, and lives on', async () => {
    const kinds = Object.values(strangers);
    for (let from = 0; from < 300; from += 10) {
      const attacks = Array.from({ length: 10 }, async (_, index) => {
        const next = random(from + index);
        const bytes = Buffer.from(next(3) === 0 ? Buffer.from(Array.from({ length: 1 + next(200) }, () => next(256))) : kinds[next(kinds.length)]());
        const damaged = next(2) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
        if (damaged.length > 0) damaged[next(damaged.length)] ^= 1 << next(8);
        // What is cut off ends here; the time that others have was tested above.
        const answer = await answerTo(port, damaged, { ends: true });
        assert.equal(answer.length, 0, `seed ${from + index}: ${answer.toString('latin1')}`);
      });
      await Promise.all(attacks);
    }
    await isLive();
  });

  it('survives 300 clients that know the token and then send something else', async () => {
    for (let from = 0; from < 300; from += 6) {
      const attacks = Array.from({ length: 6 }, async (_, index) => {
        const next = random(1000 + from + index);
        const message = frame(
          { type: ['invoke', 'cancel', 'release', 'returned', 'raised', 'bogus'][next(6)], id: [1, -1, '1', null, {}][next(5)], call: ['construct', 'method', 'function', 'present', 'recompute', 'loadModel', 'functionModel', '__proto__'][next(8)], class: ['Lime', 'constructor', 7][next(3)], object: next(3), name: ['attribute', 'toString', 'constructor'][next(3)], handles: [[next(5), 'x', null], 3][next(2)], arguments: [[{ $tensor: '0' }, { $model: next(3) }, { $callback: 1 }], { length: 1e9 }, [{ $tuple: 3 }], [{ __proto__: 1, $x: 1 }]][next(4)], within: next(3), of: { $object: next(3) } },
          next(2) === 0 ? [] : [Buffer.from(Array.from({ length: next(100) }, () => next(256)))],
        );
        if (next(2) === 0) message[next(message.length)] ^= 1 << next(8);
        const bytes = Buffer.concat([frame(good()), next(3) === 0 ? message.subarray(0, next(message.length)) : message]);
        const answer = await answerTo(port, bytes, { ends: true });
        assert.match(answer.toString('latin1'), /"welcome"/, `seed ${1000 + from + index}`);
      });
      await Promise.all(attacks);
    }
    await isLive();
    for (let wait = 0; server.clients.length > 0 && wait < 6000; wait++) await setTimeout(20);
    assert.deepEqual(server.clients, []);
  });
});
