import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { Endpoint } from '../../../src/engine/endpoint/endpoint';
import { endpointFolder, removeEndpointFile, removeStaleFiles, writeEndpointFile } from '../../../src/engine/endpoint/endpointFile';
import type { EndpointFile } from '../../../src/protocol/endpoint';
import { Client } from './client';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'endpoint-file-'));
after(() => fs.rmSync(scratch, { recursive: true }));
const skip = process.platform === 'win32';

const content: EndpointFile = { port: 1, token: 't', pid: process.pid, version: 1, host: os.hostname(), workspaceFolders: [] };
const inFolder = (name: string): string => path.join(scratch, name);

describe('endpoint files', { skip }, () => {
  it('lie in the runtime folder of the user, or in the home folder when there is none of theirs', () => {
    assert.equal(endpointFolder({ XDG_RUNTIME_DIR: scratch }), path.join(scratch, 'attribution-lens'));
    const home = path.join(os.homedir(), '.attribution-lens', 'endpoints');
    for (const XDG_RUNTIME_DIR of [undefined, '', 'relative', path.join(scratch, 'missing')]) assert.equal(endpointFolder({ XDG_RUNTIME_DIR }), home);
  });

  it('are private, whatever the mask for new files is, and so is their folder', () => {
    const mask = process.umask(0);
    try {
      writeEndpointFile(inFolder('a/b/1.json'), content);
    } finally {
      process.umask(mask);
    }
    assert.deepEqual([inFolder('a/b'), inFolder('a/b/1.json')].map((file) => fs.statSync(file).mode & 0o777), [0o700, 0o600]);
    assert.deepEqual(fs.readdirSync(inFolder('a/b')), ['1.json']);
  });

  it('are not written where others could read them: an open folder is closed, a link is refused', () => {
    fs.mkdirSync(inFolder('open'));
    fs.chmodSync(inFolder('open'), 0o777);
    writeEndpointFile(inFolder('open/1.json'), content);
    assert.equal(fs.statSync(inFolder('open')).mode & 0o777, 0o700);
    fs.symlinkSync(inFolder('open'), inFolder('link'));
    assert.throws(() => writeEndpointFile(inFolder('link/2.json'), content), /must be a folder of this user/);
  });

  it('of another user are refused', () => {
    const { getuid } = process;
    process.getuid = () => 54_321;
    try {
      assert.throws(() => writeEndpointFile(inFolder('a/b/3.json'), content), /must be a folder of this user/);
    } finally {
      process.getuid = getuid;
    }
  });

  it('of processes that ended are removed, those of others and of other machines stay', () => {
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const files: Record<string, EndpointFile | string> = {
      [`${ended}.json`]: { ...content, pid: ended },
      '2.json': { ...content, pid: ended, host: 'elsewhere' },
      '3.json': content,
      '4.json': 'not JSON',
      'notes.json': { ...content, pid: ended },
    };
    fs.mkdirSync(inFolder('stale'));
    for (const [name, value] of Object.entries(files)) fs.writeFileSync(inFolder(`stale/${name}`), JSON.stringify(value));
    removeStaleFiles(inFolder('stale'));
    assert.deepEqual(fs.readdirSync(inFolder('stale')).sort(), Object.keys(files).slice(1).sort());
    removeEndpointFile(inFolder('stale/3.json'), process.pid + 1);
    assert.ok(fs.existsSync(inFolder('stale/3.json')));
    removeEndpointFile(inFolder('stale/3.json'));
    assert.ok(!fs.existsSync(inFolder('stale/3.json')));
  });

  it('lead to their own endpoint: two windows do not meet', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map((name) => Endpoint.open({ file: inFolder(`${name}/1.json`), workspaceFolders: [`/${name}`] })));
    const [first, second] = [one, two].map(({ file }) => JSON.parse(fs.readFileSync(file, 'utf8')) as EndpointFile);
    assert.notEqual(first.token, second.token);
    const client = await Client.introduced(first.port, first.token);
    assert.deepEqual([one.status.clients.length, two.status.clients.length], [1, 0]);
    await assert.rejects(Client.introduced(second.port, first.token));
    await client.close();
    await Promise.all([one.close(), two.close()]);
    assert.ok(!fs.existsSync(one.file));
  });
});
