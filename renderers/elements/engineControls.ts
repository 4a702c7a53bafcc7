import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { RecomputeRequest } from '../../src/protocol/output';
import { engineOptions, type EngineOption } from '../engineOptions';
import { formatBytes, formatSeconds } from '../format';
import type { Job, OutputSession } from '../session';
import { define } from './define';
import './jobProgress';
import './select';
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
    const options = engineOptions(session.output, session.example, session.capabilities?.methods ?? []);
    return html`<footer>
        ${options.map((option) => this.select(option, unavailable !== undefined || job !== undefined))}
        <span class="end">
          ${job ? this.progress(job) : html`<span class="muted num cost" aria-label=${this.costInWords()}>${this.cost()}</span>`}
          ${session.canExport && session.viewModel.kind === 'image' && !job
            ? html`<button class="link export" @click=${() => this.dispatchEvent(new CustomEvent('export'))} aria-label="Export the picture as PNG">Export</button>`
            : nothing}
        </span>
      </footer>
      ${unavailable ? html`<p class="muted reason">${unavailable}</p>` : nothing}`;
  }

  private select(option: EngineOption, disabled: boolean): unknown {
    return html`<lens-select
      data-option=${option.label}
      .label=${option.label}
      .options=${option.options}
      .value=${option.value}
      .disabled=${disabled}
      @choose=${(event: CustomEvent<string>) => {
        const detail: RecomputeDetail = { request: option.request(event.detail), label: option.describe(event.detail) };
        this.dispatchEvent(new CustomEvent('recompute', { detail }));
      }}
    ></lens-select>`;
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
