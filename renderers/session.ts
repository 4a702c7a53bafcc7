import type { ErrorPayload } from '../src/protocol/errors';
import type { MethodInfo, RecomputeRequest } from '../src/protocol/output';
import type { JobProgress, OutputCapabilities, RendererToHost } from '../src/protocol/renderer';
import type { ExampleModel, OutputModel, ViewModel } from './model';
import { changeView, type ViewState, type ViewStateStore } from './viewState';

/** How messages leave; undefined where the renderer has no messaging. */
export type Send = <K extends keyof RendererToHost>(type: K, payload: RendererToHost[K]) => void;

/** A computation that the engine was asked for. */
export interface Job {
  /** What was asked, for `Computing …`. */
  label: string;
  progress?: JobProgress;
  cancelling: boolean;
}

/** How long a host may take to answer before its silence is explained. */
const ANSWER_MS = 5000;

const NO_MESSAGING = 'Shown from the saved notebook; what was computed can be changed where the Attribution Lens extension is active.';
const UNTRUSTED = 'This workspace is not trusted, so nothing is run in it. Trust it and run the cell again to change what was computed.';
const NO_ANSWER = 'No engine answered. Run the cell again to change what was computed.';

/** One output on the page: what it shows, what can be asked for it, and what is under way. Listeners hear of every change. */
export class OutputSession {
  capabilities?: OutputCapabilities;
  job?: Job;
  failure?: ErrorPayload;
  private state: ViewState;
  private readonly listeners = new Set<() => void>();
  private timer?: ReturnType<typeof setTimeout>;
  private unanswered = false;

  constructor(
    private current: OutputModel,
    private readonly store: ViewStateStore,
    private readonly environment: { send?: Send; isTrusted(): boolean },
  ) {
    this.state = store.get(current.id, current.initialView);
  }

  get id(): string {
    return this.current.id;
  }

  get output(): OutputModel {
    return this.current;
  }

  get view(): ViewState {
    return this.state;
  }

  get example(): ExampleModel {
    return this.current.examples[Math.min(this.state.example, this.current.examples.length - 1)];
  }

  get viewModel(): ViewModel {
    const { views } = this.example;
    return views[Math.min(this.state.input, views.length - 1)];
  }

  /** The same example of the output that is shown beside this one, with the view of the same input. */
  get compared(): { method: MethodInfo; example: ExampleModel; viewModel: ViewModel } | undefined {
    const { compared } = this.current;
    if (!compared) return undefined;
    const example = compared.examples[Math.min(this.state.example, compared.examples.length - 1)];
    return { method: compared.method, example, viewModel: example.views[Math.min(this.state.input, example.views.length - 1)] };
  }

  /** Why the engine cannot be asked; empty while its answer is awaited, undefined when it can. */
  get unavailable(): string | undefined {
    if (this.current.figure) return '';
    if (!this.environment.send) return NO_MESSAGING;
    if (!this.environment.isTrusted()) return UNTRUSTED;
    if (!this.capabilities) return this.unanswered ? NO_ANSWER : '';
    return this.capabilities.live ? undefined : (this.capabilities.reason ?? NO_ANSWER);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks what can be recomputed. */
  hello(): void {
    if (this.current.figure) return;
    this.environment.send?.('hello', { outputId: this.id });
    this.wait(() => {
      this.unanswered = !this.capabilities;
    });
  }

  setView(change: Partial<ViewState>): void {
    this.state = changeView(this.state, change);
    this.store.set(this.id, this.state);
    this.changed();
  }

  recompute(request: RecomputeRequest, label: string): void {
    if (this.job || this.unavailable !== undefined) return;
    this.failure = undefined;
    this.job = { label, cancelling: false };
    this.environment.send?.('recompute', { outputId: this.id, request });
    this.changed();
  }

  cancel(): void {
    if (!this.job || this.job.cancelling) return;
    this.job = { ...this.job, cancelling: true };
    this.environment.send?.('cancel', { outputId: this.id });
    this.wait(() => {
      this.job = undefined;
    });
    this.changed();
  }

  exportPng(png: string, suggestedName: string): void {
    this.environment.send?.('exportPng', { outputId: this.id, png, suggestedName });
  }

  get canExport(): boolean {
    return this.environment.send !== undefined;
  }

  onCapabilities(capabilities: OutputCapabilities): void {
    this.stopWaiting();
    this.capabilities = capabilities;
    this.changed();
  }

  onProgress(progress: JobProgress): void {
    this.job = { label: 'Computing', cancelling: false, ...this.job, progress };
    this.changed();
  }

  /** A new result replaces the drawn one; how it is viewed stays. */
  onUpdated(output: OutputModel): void {
    this.stopWaiting();
    this.current = output;
    this.job = undefined;
    this.failure = undefined;
    this.changed();
  }

  onFailed(error: ErrorPayload): void {
    this.stopWaiting();
    this.job = undefined;
    this.failure = error;
    this.changed();
  }

  dismissFailure(): void {
    this.failure = undefined;
    this.changed();
  }

  dispose(): void {
    this.stopWaiting();
    this.listeners.clear();
  }

  private wait(then: () => void): void {
    this.stopWaiting();
    this.timer = setTimeout(() => {
      then();
      this.changed();
    }, ANSWER_MS);
  }

  private stopWaiting(): void {
    clearTimeout(this.timer);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
