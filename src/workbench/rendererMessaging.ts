import * as vscode from 'vscode';
import { LensError, toErrorPayload } from '../protocol/errors';
import { post, receive, type Message } from '../protocol/messages';
import { endpointOf } from '../protocol/endpoint';
import type { AttributionBundle, RecomputeRequest } from '../protocol/output';
import type { HostToRenderer, OutputCapabilities, RendererToHost } from '../protocol/renderer';
import type { RequestOptions } from './engineClient';
import type { NotebookKernels } from './kernel/notebookKernels';
import { savePicture } from './panel/savePicture';
import type { EndpointProcess } from './python/endpointProcess';
import { replaceSavedOutput } from './python/replaceSavedOutput';

const RENDERER_ID = 'attribution-lens-renderer';

/** Answers what the renderer asks about outputs in notebooks: whether they are live, to compute them anew, to save a picture. */
export function registerRendererMessaging(kernels: NotebookKernels, endpoint: EndpointProcess, log: vscode.LogOutputChannel): vscode.Disposable {
  const messaging = vscode.notebooks.createRendererMessaging(RENDERER_ID);
  const jobs = new Map<string, AbortController>();

  const listener = messaging.onDidReceiveMessage(({ editor, message }) => {
    const { notebook } = editor;
    const send = <K extends keyof HostToRenderer>(type: K, payload: HostToRenderer[K]) => {
      post<HostToRenderer, K>((sent: Message<HostToRenderer>) => messaging.postMessage(sent, editor), type, payload);
    };
    const job = (outputId: string) => `${notebook.uri.toString()} ${outputId}`;
    const known = receive<RendererToHost>(message, {
      hello: ({ outputId }) => void capabilities(makerOf(kernels, endpoint, notebook, outputId)).then((answer) => send('capabilities', { outputId, capabilities: answer })),
      recompute: ({ outputId, request }) => {
        jobs.get(job(outputId))?.abort();
        const controller = new AbortController();
        jobs.set(job(outputId), controller);
        void recompute(makerOf(kernels, endpoint, notebook, outputId), outputId, request, controller.signal, send)
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

/** The process that made an output, and how a newer result gets into the notebook. */
interface Maker {
  /** Why the process cannot be asked any more; it can when this is undefined. */
  readonly gone?: string;
  capabilities(): Promise<OutputCapabilities>;
  recompute(request: RecomputeRequest, options: RequestOptions): Promise<AttributionBundle>;
  replace(bundle: AttributionBundle): Promise<boolean>;
}

function makerOf(kernels: NotebookKernels, endpoint: EndpointProcess, notebook: vscode.NotebookDocument, outputId: string): Maker {
  const pid = endpointOf(outputId);
  if (pid !== undefined) {
    return {
      gone: endpoint.pid === pid ? undefined : 'The engine that made this result for Python is not running, or belongs to another window',
      capabilities: () => endpoint.request('capabilities', { outputId }),
      recompute: (request, options) => endpoint.request('recompute', { outputId, request }, options),
      replace: (bundle) => replaceSavedOutput(notebook, bundle),
    };
  }
  const session = kernels.session(notebook);
  const gone = 'The kernel that made this result is not running';
  const stopped = (): Promise<never> => Promise.reject(new LensError('engine-stopped', gone, 'Run the cell again.'));
  return {
    gone: session ? undefined : gone,
    capabilities: () => session?.request('capabilities', { outputId }) ?? stopped(),
    recompute: (request, options) => session?.request('recompute', { outputId, request }, options) ?? stopped(),
    replace: (bundle) => kernels.replaceOutput(notebook, bundle),
  };
}

async function capabilities(maker: Maker): Promise<OutputCapabilities> {
  if (maker.gone) return notLive(`${maker.gone}.`);
  try {
    return await maker.capabilities();
  } catch (error) {
    return notLive(toErrorPayload(error).message);
  }
}

const notLive = (reason: string): OutputCapabilities => ({ live: false, reason: `${reason} Run the cell again to change what was computed.`, methods: [] });

async function recompute(
  maker: Maker,
  outputId: string,
  request: RecomputeRequest,
  signal: AbortSignal,
  send: <K extends keyof HostToRenderer>(type: K, payload: HostToRenderer[K]) => void,
): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new LensError('untrusted-workspace', 'Attributions are computed only in a trusted workspace');
  if (maker.gone) throw new LensError('engine-stopped', maker.gone, 'Run the cell again.');
  const bundle = await maker.recompute(request, { signal, onProgress: (progress) => send('progress', { outputId, progress }) });
  send('updated', { outputId, output: bundle.output });
  await maker.replace(bundle);
}

async function exportPicture(png: string, suggestedName: string): Promise<void> {
  try {
    await savePicture(png, suggestedName);
  } catch (error) {
    void vscode.window.showErrorMessage(`The picture could not be saved: ${error instanceof Error ? error.message : String(error)}`);
  }
}
