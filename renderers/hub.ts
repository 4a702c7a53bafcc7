import type { RendererContext } from 'vscode-notebook-renderer';
import type { ErrorPayload } from '../src/protocol/errors';
import { post, receive } from '../src/protocol/messages';
import type { HostToRenderer, RendererToHost } from '../src/protocol/renderer';
import { Untrusted } from './read';
import { OutputSession, type Send } from './session';
import type { OutputModel } from './model';
import { readCapabilities, readOutput, readProgress } from './validate';
import { ViewStateStore, type SavedStates } from './viewState';

/** All outputs of one notebook editor, and the one channel to the extension host that they share. */
export class Hub {
  private readonly sessions = new Set<OutputSession>();
  private readonly store: ViewStateStore;
  private readonly send?: Send;

  constructor(private readonly context: RendererContext<SavedStates>) {
    this.store = new ViewStateStore(context);
    const { postMessage } = context;
    if (postMessage) this.send = (type, payload) => post<RendererToHost, typeof type>((message) => postMessage(message), type, payload);
    context.onDidReceiveMessage?.((message) => this.onMessage(message));
  }

  open(output: OutputModel): OutputSession {
    const session = new OutputSession(output, this.store, {
      send: this.send,
      isTrusted: () => this.context.workspace.isTrusted,
    });
    this.sessions.add(session);
    session.hello();
    return session;
  }

  close(session: OutputSession): void {
    this.sessions.delete(session);
    session.dispose();
  }

  /** A message that cannot be read is reported on the output it names; one that names none here is not for this page. */
  private onMessage(message: unknown): void {
    receive<HostToRenderer>(message, {
      capabilities: (payload) => this.deliver(payload, (session) => session.onCapabilities(readCapabilities(payload.capabilities))),
      progress: (payload) => this.deliver(payload, (session) => session.onProgress(readProgress(payload.progress))),
      updated: (payload) => this.deliver(payload, (session) => session.onUpdated(readOutput(payload.output))),
      failed: (payload) => this.deliver(payload, (session) => session.onFailed(readError(payload.error))),
    });
  }

  private deliver(payload: { outputId: string }, handle: (session: OutputSession) => void): void {
    for (const session of this.sessions) {
      if (session.id !== payload?.outputId) continue;
      try {
        handle(session);
      } catch (error) {
        session.onFailed({ code: 'internal', message: `The engine's answer cannot be read: ${error instanceof Error ? error.message : String(error)}` });
      }
    }
  }
}

function readError(json: unknown): ErrorPayload {
  const root = new Untrusted(json, 'error');
  return {
    code: root.at('code').string() === 'cancelled' ? 'cancelled' : 'internal',
    message: root.at('message').string(),
    nextStep: root.at('nextStep').optional((value) => value.string()),
  };
}
