import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import * as vscode from 'vscode';
import type { EndpointFile } from '../../src/protocol/endpoint';
import { OUTPUT_MIME, type AttributionOutput } from '../../src/protocol/output';
import { replaceSavedOutput } from '../../src/workbench/python/replaceSavedOutput';
import { statusDocument } from '../../src/workbench/status/statusDocument';
import { Client } from '../engine/endpoint/client';
import { float32 } from '../../src/engine/tensor';
import { closeAll, lens, sample, until } from './lens';

const T0 = { $tensor: '0' };
const input = float32(Float32Array.from({ length: 2500 }, (_, index) => Math.cos(index)), [1, 1, 50, 50]);

const readFile = (path: string | undefined): EndpointFile => JSON.parse(readFileSync(path ?? '', 'utf8')) as EndpointFile;

/** A client as a Python kernel is one. */
async function connect(): Promise<Client> {
  const { endpoint } = await lens();
  const { port, token } = readFile((await endpoint.listen()).file);
  return Client.introduced(port, token);
}

/** The mime bundle of an attribution that a client asked for. */
async function attributed(client: Client): Promise<Record<string, unknown>> {
  const loaded = await client.result('loadModel', { format: 'onnx', name: 'net' }, [], [await vscode.workspace.fs.readFile(sample('models/net.onnx'))]);
  const made = await client.result('construct', { class: 'IntegratedGradients', arguments: [(loaded.value as { handle: object }).handle] });
  const { $object: object } = made.value as { $object: number };
  const { explanation } = await client.result('method', { object, name: 'attribute', arguments: [T0, { target: 0, nSteps: 3 }] }, [input]);
  const { value } = await client.result('present', { of: { $explanation: explanation }, arguments: [] });
  return value as Record<string, unknown>;
}

/** A notebook of a Python kernel with one output, as Jupyter writes it. */
async function savedNotebook(bundle: Record<string, unknown>): Promise<vscode.NotebookDocument> {
  const uri = sample(`python-${Date.now()}.ipynb`);
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: ['above\n'] },
    { output_type: 'display_data', data: bundle, metadata: {} },
  ];
  const content = { cells: [{ cell_type: 'code', execution_count: 4, metadata: { tags: ['kept'] }, outputs, source: 'ig.attribute(x)' }], metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' }, language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 };
  await vscode.workspace.fs.writeFile(uri, Buffer.from(JSON.stringify(content)));
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

describe('the endpoint for Python', () => {
  after(closeAll);

  it('starts when it is first needed, and is found by the folders of the window', async () => {
    const { endpoint } = await lens();
    assert.deepEqual([endpoint.pid, await endpoint.status()], [undefined, undefined]);
    const { file } = await endpoint.listen();
    const { pid, workspaceFolders } = readFile(file);
    assert.deepEqual([pid, workspaceFolders], [endpoint.pid, vscode.workspace.workspaceFolders?.map(({ uri }) => uri.fsPath)]);
    assert.equal(statSync(file ?? '').mode & 0o777, 0o600);
  });

  it('is known to new terminals', async () => {
    const { endpoint } = await lens();
    const { file } = await endpoint.listen();
    const said = sample('said.txt');
    const terminal = vscode.window.createTerminal({ name: 'endpoint', shellPath: '/bin/sh', cwd: sample('.').fsPath });
    terminal.sendText('echo "$ATTRIBUTION_LENS_ENDPOINT" > said.txt');
    await until('what the terminal says', () => existsSync(said.fsPath) && readFileSync(said.fsPath, 'utf8').trim() !== '');
    terminal.dispose();
    assert.equal(readFileSync(said.fsPath, 'utf8').trim(), file);
  });

  it('shows who is connected in the status', async () => {
    const { endpoint } = await lens();
    const client = await connect();
    const status = await endpoint.status();
    assert.deepEqual(status?.clients.map(({ description }) => description), ['Python 3.11.2, torch 2.1.0']);
    const { engine } = await lens();
    const versions = { extension: '1', vscode: '1' };
    const text = statusDocument(await engine.request('status', {}), status, versions);
    assert.match(text, new RegExp(`Listening on port ${status?.port} of this machine`));
    assert.match(text, /\| Python 3\.11\.2, torch 2\.1\.0 \| \/home\/someone\/project \| 0 \|/);
    assert.match(statusDocument(await engine.request('status', {}), undefined, versions), /Not listening/);
    await client.close();
    await until('the end of the connection', async () => (await endpoint.status())?.clients.length === 0);
  });

  it('computes saved outputs anew in place, and keeps everything else of the cell', async () => {
    const { endpoint } = await lens();
    const client = await connect();
    const bundle = await attributed(client);
    const before = bundle[OUTPUT_MIME] as AttributionOutput;
    const notebook = await savedNotebook(bundle);
    assert.equal((await endpoint.request('capabilities', { outputId: before.id })).live, true);
    const newer = await endpoint.request('recompute', { outputId: before.id, request: { options: { nSteps: 9 } } });
    assert.ok(await replaceSavedOutput(notebook, newer));
    const cell = notebook.cellAt(0);
    assert.deepEqual(cell.outputs.map(({ items }) => items.map(({ mime }) => mime)), [['application/vnd.code.notebook.stdout'], [OUTPUT_MIME, 'image/png', 'text/plain']]);
    const after = JSON.parse(new TextDecoder().decode(cell.outputs[1].items[0].data)) as AttributionOutput;
    assert.deepEqual([after.id, after.method.options.nSteps], [before.id, 9]);
    assert.deepEqual([cell.document.getText(), cell.executionSummary?.executionOrder], ['ig.attribute(x)', 4]);
    await notebook.save();
    const saved = JSON.parse(readFileSync(notebook.uri.fsPath, 'utf8')) as { cells: { outputs: { output_type: string; data?: Record<string, unknown> }[]; metadata: unknown }[] };
    assert.deepEqual(saved.cells[0].outputs.map(({ output_type: type }) => type), ['stream', 'display_data']);
    assert.deepEqual(saved.cells[0].metadata, { tags: ['kept'] });
    assert.deepEqual((saved.cells[0].outputs[1].data?.[OUTPUT_MIME] as AttributionOutput).method.options.nSteps, 9);
    await client.close();
    await until('the end of the output', async () => !(await endpoint.request('capabilities', { outputId: before.id })).live);
    assert.equal(await replaceSavedOutput(notebook, { ...newer, output: { ...newer.output, id: 'python-1-other' } }), false);
  });

  it('restarts, after which the file is another one', async () => {
    const { endpoint } = await lens();
    const client = await connect();
    const [{ file }, pid] = [await endpoint.listen(), endpoint.pid];
    await endpoint.restart();
    await client.closed;
    assert.notEqual(endpoint.pid, pid);
    assert.ok(!existsSync(file ?? ''));
    assert.ok(existsSync((await endpoint.listen()).file ?? ''));
  });
});
