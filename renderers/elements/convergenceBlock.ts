import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import './quietRegistry';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import type { ConvergenceInfo, Verdict } from '../../src/protocol/output';
import { formatNumber, formatPercent } from '../../src/visualization/formatNumber';
import { formatSigned } from '../format';
import { define } from './define';
import './pathPlot';
import { baseStyles } from './styles';

const VERDICTS: Record<Verdict, { text: string; tone: string }> = {
  converged: { text: '✓ converged', tone: 'good' },
  loose: { text: '≈ loose', tone: 'fair' },
  'not-converged': { text: '✕ not converged', tone: 'bad' },
  flat: { text: '– flat', tone: 'neutral' },
};

/**
 * The completeness check as a sentence: the delta, its scale, the verdict, the next action, and the plot that shows why.
 * Fires `next` when the action is chosen.
 */
export class ConvergenceBlock extends LitElement {
  static override styles = [
    baseStyles,
    css`
      section {
        border-left: 3px solid var(--tone);
        padding: 2px 0 4px 11px;
      }
      .good {
        --tone: var(--lens-good);
      }
      .fair {
        --tone: var(--lens-fair);
      }
      .bad {
        --tone: var(--lens-bad);
      }
      .neutral {
        --tone: var(--lens-muted);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 12px;
      }
      .delta {
        font-size: 1.15em;
      }
      .verdict {
        color: var(--tone);
        font-weight: 600;
        white-space: nowrap;
      }
      p {
        margin: 2px 0 0;
      }
      vscode-button {
        margin-top: 8px;
      }
      lens-path-plot {
        margin-top: 12px;
      }
    `,
  ];

  @property({ attribute: false }) accessor convergence!: ConvergenceInfo;
  /** What the check was made with: `50 steps`. */
  @property() accessor detail = '';
  /** Whether the next action can be taken now. */
  @property({ type: Boolean }) accessor enabled = false;

  override render(): unknown {
    const { delta, relative, startValue, endValue, verdict, explanation, next, path } = this.convergence;
    const { text, tone } = VERDICTS[verdict];
    const share = relative === null || Number.isNaN(relative) ? '' : `${formatPercent(relative)} of `;
    return html`<section class=${tone} aria-label="Convergence">
        <div class="line">
          <span class="delta num">Convergence delta ${formatSigned(delta)}</span>
          <span class="verdict">${text}</span>
        </div>
        <p class="muted num">
          ${share}F(x) − F(baseline) = ${formatNumber(endValue)} − ${parenthesized(startValue)}${this.detail ? ` · ${this.detail}` : ''}
        </p>
        ${explanation ? html`<p>${explanation}</p>` : nothing}
        ${next
          ? html`<vscode-button
              class="next"
              secondary
              ?disabled=${!this.enabled}
              @click=${() => this.enabled && this.dispatchEvent(new CustomEvent('next', { detail: next }))}
              >${next.label}</vscode-button
            >`
          : nothing}
      </section>
      ${path && path.alphas.length > 1 ? html`<lens-path-plot .path=${path}></lens-path-plot>` : nothing}`;
  }
}

const parenthesized = (value: number): string => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value));

define('lens-convergence', ConvergenceBlock);
