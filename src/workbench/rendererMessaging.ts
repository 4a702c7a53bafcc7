import * as vscode from 'vscode';
import { LensError, toErrorPayload } from '../protocol/errors';
import { post, receive, type Message } from '../protocol/messages';
import type { RecomputeRequest } from '../protocol/output';
import type { HostToRenderer, OutputCapabilities, RendererToHost } from '../protocol/renderer';
import type { NotebookKernels } from './kernel/notebookKernels';
import { savePicture } from './panel/savePicture';

const RENDERER_ID = 'attribution-lens-renderer';

/** Answers what the renderer asks about outputs in notebooks: whether they are live, to compute them anew, to save a picture. */
export function registerRendererMessaging(kernels: NotebookKernels, log: vscode.LogOutputChannel): vscode.Disposable {
  const messaging = vscode.notebooks.createRendererMessaging(RENDERER_ID);
  const jobs = new Map<string, AbortController>();

  const listener = messaging.onDidReceiveMessage(({ editor, message }) => {
    const { notebook } = editor;
    const send = <K extends keyof HostToRenderer>(type: K, payload: HostToRenderer[K]) => {
      post<HostToRenderer, K>((sent: Message<HostToRenderer>) => messaging.postMessage(sent, editor), type, payload);
    };
    const job = (outputId: string) => `${notebook.uri.toString()} ${outputId}`;
    const known = receive<RendererToHost>(message, {
      hello: ({ outputId }) => void capabilities(kernels, notebook, outputId).then((answer) => send('capabilities', { outputId, capabilities: answer })),
      recompute: ({ outputId, request }) => {
        jobs.get(job(outputId))?.abort();
        const controller = new AbortController();
        jobs.set(job(outputId), controller);
        void recompute(kernels, notebook, outputId, request, controller.signal, send)
          .catch((error: unknown) => send('failed', { outputId, error: toErrorPayload(error) }))
          .finally(() => {
            if (jobs.get(job(outputId)) === controller) jobs.delete(job(outputId));
          });
      },
      cancel: ({ outputId }) => jobs.get(job(outputId))?.abort(),
      exportPng: ({ png, suggestedName }) => void exportPicture(png, suggestedName),
    });
    if (!known) log.warn('Ignored an unknown message of the notebook renderer');
  });

  // Outputs of a session that ended are no longer live, and those of one that begins may be.
  const states = kernels.onDidChange((notebook) => {
    const state = kernels.state(notebook);
    if (state !== 'stopped' && state !== 'starting') return;
    for (const editor of vscode.window.visibleNotebookEditors.filter((each) => each.notebook === notebook)) {
      for (const outputId of kernels.outputIds(notebook)) {
        post<HostToRenderer, 'capabilities'>((sent: Message<HostToRenderer>) => messaging.postMessage(sent, editor), 'capabilities', { outputId, capabilities: notLive('The kernel was stopped or restarted.') });
      }
    }
  });
  return vscode.Disposable.from(listener, states, { dispose: () => jobs.forEach((controller) => controller.abort()) });
}

async function capabilities(kernels: NotebookKernels, notebook: vscode.NotebookDocument, outputId: string): Promise<OutputCapabilities> {
  const session = kernels.session(notebook);
  if (!session) return notLive('The kernel that made this result is not running.');
  try {
    return await session.request('capabilities', { outputId });
  } catch (error) {
    return notLive(toErrorPayload(error).message);
  }
}

const notLive = (reason: string): OutputCapabilities => ({ live: false, reason: `${reason} Run the cell again to change what was computed.`, methods: [] });

async function recompute(
  kernels: NotebookKernels,
  notebook: vscode.NotebookDocument,
  outputId: string,
  request: RecomputeRequest,
  signal: AbortSignal,
  send: <K extends keyof HostToRenderer>(type: K, payload: HostToRenderer[K]) => void,
): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new LensError('untrusted-workspace', 'Attributions are computed only in a trusted workspace');
  const session = kernels.session(notebook);
  if (!session) throw new LensError('engine-stopped', 'The kernel that made this result is not running', 'Run the cell again.');
  const bundle = await session.request('recompute', { outputId, request }, { signal, onProgress: (progress) => send('progress', { outputId, progress }) });
  send('updated', { outputId, output: bundle.output });
  await kernels.replaceOutput(notebook, bundle);
}

async function exportPicture(png: string, suggestedName: string): Promise<void> {
  try {
    await savePicture(png, suggestedName);
  } catch (error) {
    void vscode.window.showErrorMessage(`The picture could not be saved: ${error instanceof Error ? error.message : String(error)}`);
  }
}
