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
        align-items: center;
        gap: 12px;
      }
      /* On the upper edge of the nearest positioned element around this one. */
      vscode-progress-bar {
        position: absolute;
        top: -1px;
        left: 0;
        right: 0;
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
    if (!progress) return `Computing: ${label}…`;
    return progress.secondsLeft === undefined ? progress.message : `${progress.message} · ${formatSeconds(Math.max(1, Math.ceil(progress.secondsLeft)))} left`;
  }
}

define('lens-job-progress', JobProgress);
