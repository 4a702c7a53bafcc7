import type { RendererContext } from 'vscode-notebook-renderer';
import '../../../../renderers/elements/outputCard';
import type { OutputCard } from '../../../../renderers/elements/outputCard';
import { Hub } from '../../../../renderers/hub';
import type { OutputSession } from '../../../../renderers/session';
import { readOutput } from '../../../../renderers/validate';
import type { SavedStates } from '../../../../renderers/viewState';
import { post, receive } from '../../../protocol/messages';
import type { HostToPanel, PanelContent, PanelToHost } from '../protocol';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; getState(): unknown; setState(state: unknown): void };

const host = acquireVsCodeApi();

/** What a notebook gives its renderer, as a panel gives it to the same views. */
const context: RendererContext<SavedStates> = {
  workspace: { isTrusted: true },
  getRenderer: () => Promise.resolve(undefined),
  getState: () => host.getState() as SavedStates | undefined,
  setState: (state) => host.setState(state),
  postMessage: (message) => host.postMessage(message),
  onDidReceiveMessage: (listener) => {
    const onMessage = ({ data }: MessageEvent<unknown>) => listener(data);
    window.addEventListener('message', onMessage);
    return { dispose: () => window.removeEventListener('message', onMessage) };
  },
};

const hub = new Hub(context);
const note = document.createElement('p');
const card = document.createElement('lens-output-card') as OutputCard;
let session: OutputSession | undefined;
note.className = 'note';
document.getElementById('attribution')?.append(note, card);

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => receive<HostToPanel>(data, { show }));
post<PanelToHost, 'ready'>((message) => host.postMessage(message), 'ready', {});

function show(content: PanelContent): void {
  note.textContent = content.note ?? '';
  note.hidden = !content.note;
  if (session) hub.close(session);
  session = undefined;
  try {
    card.session = session = hub.open(readOutput(content.output));
    card.problem = undefined;
  } catch (error) {
    card.session = undefined;
    card.problem = { message: `This attribution cannot be shown. ${error instanceof Error ? error.message : String(error)}` };
  }
}
