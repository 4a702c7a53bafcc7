import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { base64FromBytes } from '../../src/visualization/base64';
import type { MethodInfo, NextAction } from '../../src/protocol/output';
import { targetName } from '../format';
import type { ExampleModel, ImageModel, ViewModel } from '../model';
import type { OutputSession } from '../session';
import { onThemeChange, readTheme, type Theme } from '../theme';
import type { FeatureOrder, ViewState } from '../viewState';
import './quietRegistry';
import './answerView';
import './convergenceBlock';
import { define } from './define';
import './engineControls';
import type { RecomputeDetail } from './engineControls';
import './failureNote';
import './headLine';
import type { ImagePanels } from './imagePanels';
import './imagePanels';
import { isWide, type ImageViewElement } from './imageView';
import { baseStyles, themeVariables } from './styles';
import './tabularView';
import './textRecords';
import './textView';
import './timeseriesView';
import './viewControls';

/** Tabular features that are shown as given unless asked otherwise; more are sorted. */
const FEW_FEATURES = 12;

/** Everything that is shown for one output. */
export class OutputCard extends LitElement {
  static override styles = [
    themeVariables,
    baseStyles,
    css`
      :host {
        container-type: inline-size;
        font-family: var(--vscode-font-family, sans-serif);
        font-size: var(--vscode-font-size, 13px);
        line-height: 1.45;
        color: var(--lens-foreground);
        padding: 4px 2px 6px;
      }
      .card {
        display: grid;
        gap: 12px;
      }
      .body {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 16px 24px;
        align-items: start;
      }
      .body.wide {
        grid-template-columns: minmax(0, 1fr) minmax(280px, 400px);
      }
      .body.full {
        grid-template-columns: minmax(0, 1fr);
      }
      .side {
        display: grid;
        gap: 16px;
        min-width: 0;
      }
      .compared {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 16px 24px;
        align-items: start;
      }
      h4 {
        margin: 0 0 -8px;
        font-size: 1em;
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      @container (max-width: 800px) {
        .body:not(.full) lens-image-view,
        .compared lens-image-view {
          max-width: 270px;
        }
      }
      @container (max-width: 640px) {
        .body:not(.full) lens-image-view,
        .compared lens-image-view {
          max-width: 100%;
        }
        .body,
        .body.wide,
        .compared {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) accessor session: OutputSession | undefined;
  /** A payload that cannot be drawn, shown instead of an output. */
  @property({ attribute: false }) accessor problem: { message: string; nextStep?: string } | undefined;
  @state() private accessor revision = 0;
  @state() private accessor theme: Theme = readTheme();
  @query('lens-image-view, lens-image-panels') private accessor imageView!: ImageViewElement | ImagePanels | null;
  private readonly unreadable = new WeakSet<ImageModel>();
  private unsubscribe?: () => void;
  private stopTheme?: () => void;

  constructor() {
    super();
    this.addEventListener('keydown', keepPlainKeys);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopTheme = onThemeChange(() => (this.theme = readTheme()));
    this.theme = readTheme();
    this.subscribe();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopTheme?.();
    this.unsubscribe?.();
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('session')) this.subscribe();
  }

  override render(): unknown {
    const { session, problem } = this;
    if (problem) return html`<lens-failure .message=${problem.message} .nextStep=${problem.nextStep}></lens-failure>`;
    if (!session) return nothing;
    const { output, example, view, failure } = session;
    return html`<article class="card" aria-label=${output.summary}>
      <lens-head-line
        .output=${output}
        .example=${example}
        .index=${view.example}
        @show-example=${(event: CustomEvent<number>) => session.setView({ example: event.detail })}
      ></lens-head-line>
      ${failure
        ? html`<lens-failure
            .message=${failure.code === 'cancelled' ? 'Cancelled; the last result stays.' : failure.message}
            .nextStep=${failure.code === 'cancelled' ? undefined : failure.nextStep}
            ?quiet=${failure.code === 'cancelled'}
            dismissible
            @dismiss=${() => session.dismissFailure()}
          ></lens-failure>`
        : nothing}
      ${session.compared ? this.comparison(session, session.compared) : this.body(session)}
      <lens-engine-controls
        .session=${session}
        .revision=${this.revision}
        @recompute=${(event: CustomEvent<RecomputeDetail>) => session.recompute(event.detail.request, event.detail.label)}
        @cancel=${() => session.cancel()}
        @export=${() => this.export(session)}
      ></lens-engine-controls>
    </article>`;
  }

  private body(session: OutputSession): unknown {
    return html`<div class=${`body ${layoutOf(session.viewModel)}`}>
      ${this.picture(session, session)}
      <div class="side">${this.controls(session)} ${this.convergence(session, session.example, session.output.method)}</div>
    </div>`;
  }

  /** Two attributions of the same inputs side by side, viewed in the same way. */
  private comparison(session: OutputSession, compared: NonNullable<OutputSession['compared']>): unknown {
    const main = { method: session.output.method, example: session.example, viewModel: session.viewModel };
    return html`<div class="compared">
        ${[main, compared].map(
          (shown, index) => html`<section class="side" aria-label=${titleOf(shown.method)}>
            <h4>${titleOf(shown.method)}</h4>
            ${this.picture(session, shown, shown.method)} ${this.convergence(session, shown.example, shown.method, index === 0)}
          </section>`,
        )}
      </div>
      ${this.controls(session)}`;
  }

  private picture(session: OutputSession, { viewModel: model, example }: { viewModel: ViewModel; example: ExampleModel }, method = session.output.method): unknown {
    const { view } = session;
    const target = example.target;
    const description = `${method.title}${target ? ` of ${targetName(target)}` : ''}`;
    switch (model.kind) {
      case 'image':
        if (model.panels) return html`<lens-image-panels .model=${model} .view=${view} .description=${description}></lens-image-panels>`;
        return html`<lens-image-view
          .model=${model}
          .view=${view}
          .description=${description}
          @image-failed=${(event: CustomEvent<ImageModel>) => this.onImageFailed(event.detail)}
        ></lens-image-view>`;
      case 'text':
        if (model.outputs) return html`<lens-answer-view .model=${model} .view=${view} .theme=${this.theme} .description=${description} .targetName=${target ? targetName(target) : 'the answer'}></lens-answer-view>`;
        return html`<lens-text-view
          .model=${model}
          .view=${view}
          .theme=${this.theme}
          .description=${description}
          .targetName=${target ? targetName(target) : 'the output'}
        ></lens-text-view>`;
      case 'tabular':
        return html`<lens-tabular-view .model=${model} .view=${view} .order=${orderOf(session)} .description=${description}></lens-tabular-view>`;
      case 'timeseries':
        return html`<lens-timeseries-view .model=${model} .view=${view} .theme=${this.theme} .description=${description}></lens-timeseries-view>`;
      case 'records':
        return html`<lens-text-records .model=${model} .view=${view} .theme=${this.theme} .description=${description}></lens-text-records>`;
    }
  }

  private controls(session: OutputSession): unknown {
    const { viewModel: model, view, example } = session;
    return html`<lens-view-controls
      .view=${view}
      .kind=${model.kind}
      ?fixed=${model.kind === 'image' && model.panels !== undefined}
      .inputs=${example.views.map(({ name }) => name)}
      ?hasImage=${model.kind === 'image' && model.image !== undefined && !this.unreadable.has(model)}
      .order=${orderOf(session)}
      @change-view=${(event: CustomEvent<Partial<ViewState>>) => session.setView(event.detail)}
    ></lens-view-controls>`;
  }

  private convergence(session: OutputSession, { convergence }: ExampleModel, { options: { nSteps } }: MethodInfo, canRefine = true): unknown {
    if (!convergence) return nothing;
    return html`<lens-convergence
      .convergence=${canRefine ? convergence : { ...convergence, next: undefined }}
      .detail=${typeof nSteps === 'number' ? `${nSteps} steps` : ''}
      ?enabled=${session.unavailable === undefined && !session.job}
      @next=${(event: CustomEvent<NextAction>) => session.recompute(event.detail.request, event.detail.label.toLowerCase())}
    ></lens-convergence>`;
  }

  private async export(session: OutputSession): Promise<void> {
    const png = await this.imageView?.toPng();
    if (!png) return;
    const { target } = session.example;
    const name = [session.viewModel.name, session.output.method.name, target ? targetName(target) : ''].filter(Boolean).join('-');
    session.exportPng(base64FromBytes(new Uint8Array(await png.arrayBuffer())), `${fileName(name)}.png`);
  }

  private onImageFailed(model: ImageModel): void {
    this.unreadable.add(model);
    this.revision++;
  }

  private subscribe(): void {
    this.unsubscribe?.();
    this.unsubscribe = this.session?.subscribe(() => this.revision++);
  }
}

/** Pictures have the controls beside them, texts and tables at their right edge, what needs the whole width below. */
function layoutOf(model: ViewModel): string {
  if (model.kind === 'image') return model.panels || isWide(model) ? 'full' : '';
  const isBroad = model.kind === 'timeseries' || model.kind === 'records' || (model.kind === 'text' && model.outputs !== undefined);
  return isBroad ? 'full' : 'wide';
}

function orderOf({ view, viewModel }: OutputSession): FeatureOrder {
  if (viewModel.kind !== 'tabular') return 'given';
  return view.order ?? (viewModel.features.length > FEW_FEATURES ? 'strength' : 'given');
}

/** A method with the baseline that it starts from, which tells two of the same method apart. */
const titleOf = ({ title, baseline }: MethodInfo): string => (baseline === undefined ? title : `${title} · baseline ${baseline}`);

/** Letters, digits, dots and dashes only, as every file system takes them. */
const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}.-]+/gu, '-').replace(/^[.-]+/, '').slice(0, 80) || 'attribution';

/** The notebook binds plain keys (arrows, Enter, letters) while an output has the focus; those meant for a control stay here. */
function keepPlainKeys(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== 'Escape' && event.key !== 'Tab') event.stopPropagation();
}

define('lens-output-card', OutputCard);
