import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { RecomputeRequest } from '../../src/protocol/output';
import { compareOption, engineOptions, type EngineOption } from '../engineOptions';
import { formatBytes, formatSeconds } from '../format';
import type { Job, OutputSession } from '../session';
import { define } from './define';
import './jobProgress';
import './neuronInput';
import './select';
import type { SelectOption } from './select';
import { baseStyles } from './styles';

export interface RecomputeDetail {
  request: RecomputeRequest;
  label: string;
}

/**
 * The line below the picture: what needs the engine to change, what it cost, and a computation under way.
 * Fires `recompute`, `cancel` and `export`.
 */
export class EngineControls extends LitElement {
  static override styles = [
    baseStyles,
    css`
      footer {
        position: relative;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 8px;
        font-size: 0.93em;
        border-top: 1px solid var(--lens-line);
        padding-top: 9px;
      }
      .end {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        margin-left: auto;
        min-height: 24px;
      }
      p {
        margin: 6px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) accessor session!: OutputSession;
  /** Counts the session's changes, so that this is drawn again after each. */
  @property({ type: Number }) accessor revision = 0;

  override render(): unknown {
    const { session } = this;
    const { unavailable, job } = session;
    const choices = session.capabilities ?? { methods: [] };
    const disabled = unavailable !== undefined || job !== undefined;
    if (session.output.figure) return this.figure();
    return html`<footer>
        ${engineOptions(session.output, session.example, choices).map((option) => (option.options ? this.select(option, option.options, disabled) : this.input(option, disabled)))}
        <span class="end">
          ${job ? this.progress(job) : html`<span class="muted num cost" aria-label=${this.costInWords()}>${this.cost()}</span>`}
          ${job || choices.methods.length === 0 ? nothing : this.compare(compareOption(session.output, choices), disabled)}
          ${job ? nothing : this.exportButton()}
        </span>
      </footer>
      ${unavailable ? html`<p class="muted reason">${unavailable}</p>` : nothing}`;
  }

  /** Of a figure there is nothing to change: what it cost, where that is known, and the picture. */
  private figure(): unknown {
    const cost = this.session.output.cost.seconds > 0 ? html`<span class="muted num cost" aria-label=${this.costInWords()}>${this.cost()}</span>` : nothing;
    const button = this.exportButton();
    return cost === nothing && button === nothing ? nothing : html`<footer><span class="end">${cost}${button}</span></footer>`;
  }

  private exportButton(): unknown {
    const { canExport, viewModel } = this.session;
    if (!canExport || viewModel.kind !== 'image') return nothing;
    return html`<button class="link export" @click=${() => this.dispatchEvent(new CustomEvent('export'))} aria-label="Export the picture as PNG">Export</button>`;
  }

  private select(option: EngineOption, options: readonly SelectOption[], disabled: boolean): unknown {
    return html`<lens-select
      data-option=${option.label}
      .label=${option.label}
      .options=${options}
      .value=${option.value}
      .disabled=${disabled}
      costly
      @choose=${(event: CustomEvent<string>) => this.ask(option, event.detail)}
    ></lens-select>`;
  }

  private input(option: EngineOption, disabled: boolean): unknown {
    return html`<lens-neuron-input .value=${option.value} .disabled=${disabled} @choose=${(event: CustomEvent<string>) => this.ask(option, event.detail)}></lens-neuron-input>`;
  }

  private compare(option: EngineOption, disabled: boolean): unknown {
    const stop = (): void => this.recompute({ compare: null }, 'without the comparison');
    return html`${this.select(option, option.options ?? [], disabled)}
    ${this.session.output.compared ? html`<button class="link" ?disabled=${disabled} @click=${stop}>Stop Comparing</button>` : nothing}`;
  }

  private ask(option: EngineOption, value: string): void {
    this.recompute(option.request(value), option.describe(value));
  }

  private recompute(request: RecomputeRequest, label: string): void {
    this.dispatchEvent(new CustomEvent<RecomputeDetail>('recompute', { detail: { request, label } }));
  }

  private progress(job: Job): unknown {
    return html`<lens-job-progress .job=${job} @cancel=${() => this.dispatchEvent(new CustomEvent('cancel'))}></lens-job-progress>`;
  }

  private cost(): string {
    const { seconds, gradientPasses, forwardPasses, peakBytes } = this.session.output.cost;
    const passes = gradientPasses > 0 ? gradientPasses : forwardPasses;
    const parts = [`${formatSeconds(seconds)}`, `${passes} ${passes === 1 ? 'pass' : 'passes'}`];
    if (peakBytes) parts.push(formatBytes(peakBytes));
    return parts.join(' · ');
  }

  private costInWords(): string {
    const { cost, runtime } = this.session.output;
    const memory = cost.peakBytes ? `, ${formatBytes(cost.peakBytes)} of memory at most` : '';
    return `Took ${formatSeconds(cost.seconds)} on ${runtime}: ${cost.gradientPasses} passes forward and back in chunks of ${cost.rowsPerChunk}, ${cost.forwardPasses} forward only${memory}`;
  }
}

define('lens-engine-controls', EngineControls);
