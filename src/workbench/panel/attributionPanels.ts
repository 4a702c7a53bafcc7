import * as vscode from 'vscode';
import type { EngineRequests } from '../../protocol/engine';
import { toErrorPayload } from '../../protocol/errors';
import { post, receive, type Handlers } from '../../protocol/messages';
import type { AttributionOutput } from '../../protocol/output';
import type { Requester } from '../commands/services';
import { savePicture } from './savePicture';
import { panelPage, resourceRoots } from './panelPage';
import type { HostToPanel, PanelContent, PanelToHost } from './protocol';

const STYLE = `
body { padding: 12px 20px; }
.note { margin: 0 0 12px; color: var(--vscode-descriptionForeground); }
`;

/** What to show, and who to tell when it changes. */
export interface PanelRequest extends PanelContent {
  /** Names the subject: a second output of the same subject replaces the first one in its panel. */
  key: string;
  /** Shown in the tab after "Attribution: ". */
  title: string;
  /** Called with the new output after the user changed method, steps, target or baseline in the panel. */
  onDidUpdate?(output: AttributionOutput): void;
  onDidClose?(): void;
}

/** The attributions of texts and images, each in a tab beside its editor, with the view of the notebook renderer. */
export class AttributionPanels implements vscode.Disposable {
  private readonly panels = new Map<string, AttributionPanel>();

  constructor(
    private readonly extension: vscode.Uri,
    private readonly engine: Requester<EngineRequests>,
  ) {}

  show(request: PanelRequest): void {
    const open = this.panels.get(request.key);
    if (open) {
      open.show(request);
      return;
    }
    const panel = new AttributionPanel(this.extension, this.engine, request, () => this.panels.delete(request.key));
    this.panels.set(request.key, panel);
  }

  /** What is shown for a subject at present. */
  content(key: string): PanelContent | undefined {
    return this.panels.get(key)?.content;
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

class AttributionPanel implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly jobs = new Map<string, AbortController>();

  constructor(
    extension: vscode.Uri,
    private readonly engine: Requester<EngineRequests>,
    private request: PanelRequest,
    onDidClose: () => void,
  ) {
    this.panel = vscode.window.createWebviewPanel(
      'attributionLens.panel',
      tabTitle(request),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      // Sign, mode and colours are chosen in the page: hiding the tab must not lose them.
      { enableScripts: true, localResourceRoots: resourceRoots(extension), retainContextWhenHidden: true },
    );
    this.panel.iconPath = vscode.Uri.joinPath(extension, 'media/icon.png');
    this.panel.webview.onDidReceiveMessage((message: unknown) => receive<PanelToHost>(message, this.handlers));
    this.panel.onDidDispose(() => {
      this.jobs.forEach((job) => job.abort());
      onDidClose();
      this.request.onDidClose?.();
    });
    this.panel.webview.html = panelPage(this.panel.webview, extension, {
      title: 'Attribution',
      script: 'panel.js',
      style: STYLE,
      body: '<main id="attribution"></main>',
      policy: [`img-src ${this.panel.webview.cspSource} data: blob:`, `font-src ${this.panel.webview.cspSource} data:`],
    });
  }

  get content(): PanelContent {
    return { output: this.request.output, note: this.request.note };
  }

  show(request: PanelRequest): void {
    this.jobs.forEach((job) => job.abort());
    this.request = request;
    this.panel.title = tabTitle(request);
    this.panel.reveal(undefined, true);
    this.post('show', this.content);
  }

  dispose(): void {
    this.panel.dispose();
  }

  private readonly handlers: Handlers<PanelToHost> = {
    ready: () => this.post('show', this.content),
    hello: ({ outputId }) => void this.sendCapabilities(outputId),
    recompute: ({ outputId, request }) => void this.recompute(outputId, request),
    cancel: ({ outputId }) => this.jobs.get(outputId)?.abort(),
    exportPng: ({ png, suggestedName }) => void savePicture(png, suggestedName),
  };

  private async sendCapabilities(outputId: string): Promise<void> {
    try {
      const capabilities = await this.engine.request('capabilities', { outputId });
      this.post('capabilities', { outputId, capabilities });
    } catch (error) {
      this.post('capabilities', { outputId, capabilities: { live: false, reason: toErrorPayload(error).message, methods: [] } });
    }
  }

  private async recompute(outputId: string, request: PanelToHost['recompute']['request']): Promise<void> {
    this.jobs.get(outputId)?.abort();
    const job = new AbortController();
    this.jobs.set(outputId, job);
    try {
      const { output } = await this.engine.request('recompute', { outputId, request }, {
        signal: job.signal,
        onProgress: (progress) => this.post('progress', { outputId, progress }),
      });
      if (outputId !== this.request.output.id) return;
      this.request = { ...this.request, output };
      this.request.onDidUpdate?.(output);
      this.post('updated', { outputId, output });
    } catch (error) {
      this.post('failed', { outputId, error: toErrorPayload(error) });
    } finally {
      if (this.jobs.get(outputId) === job) this.jobs.delete(outputId);
    }
  }

  private post<K extends keyof HostToPanel>(type: K, payload: HostToPanel[K]): void {
    post<HostToPanel, K>((message) => this.panel.webview.postMessage(message), type, payload);
  }
}

function tabTitle({ title }: PanelRequest): string {
  return `Attribution: ${title}`;
}
