import { css, html, LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import './quietRegistry';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { formatSeconds } from '../format';
import type { Job } from '../session';
import { define } from './define';
import { baseStyles } from './styles';

/** How far a computation is, how long it will take, and a way out. Fires `cancel`. */
export class JobProgress extends LitElement {
  static override styles = [
    baseStyles,
    css`
      div {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }
      vscode-progress-bar {
        width: 110px;
      }
    `,
  ];

  @property({ attribute: false }) accessor job!: Job;

  override render(): unknown {
    const { progress, cancelling } = this.job;
    return html`<div class="num">
      <span role="status">${this.text()}</span>
      <vscode-progress-bar
        aria-label="Computing"
        .indeterminate=${!progress || cancelling}
        .value=${progress ? 100 * progress.fraction : undefined}
      ></vscode-progress-bar>
      <button class="cancel" ?disabled=${cancelling} @click=${() => this.dispatchEvent(new CustomEvent('cancel'))}>Cancel</button>
    </div>`;
  }

  private text(): string {
    const { label, progress, cancelling } = this.job;
    if (cancelling) return 'Cancelling…';
    if (!progress) return `Computing with ${label}…`;
    return progress.secondsLeft === undefined ? progress.message : `${progress.message}, about ${formatSeconds(Math.max(1, progress.secondsLeft))} left`;
  }
}

define('lens-job-progress', JobProgress);
