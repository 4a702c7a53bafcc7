import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import { define } from './define';
import { baseStyles } from './styles';

/** What went wrong and what to do next. Fires `dismiss`, where it can be put away. */
export class FailureNote extends LitElement {
  static override styles = [
    baseStyles,
    css`
      div {
        display: flex;
        align-items: start;
        gap: 10px;
        padding: 6px 10px;
        border: 1px solid var(--vscode-inputValidation-errorBorder, var(--lens-bad));
        border-radius: 3px;
        background: var(--vscode-inputValidation-errorBackground, transparent);
        color: var(--vscode-inputValidation-errorForeground, var(--lens-foreground));
        overflow-wrap: anywhere;
      }
      .quiet {
        border-color: var(--lens-line);
        background: none;
        color: var(--lens-muted);
      }
      p {
        flex: 1;
        margin: 0;
        white-space: pre-line;
      }
      button {
        color: inherit;
      }
    `,
  ];

  @property() accessor message = '';
  @property() accessor nextStep: string | undefined;
  /** For what is no error: the user cancelled. */
  @property({ type: Boolean }) accessor quiet = false;
  @property({ type: Boolean }) accessor dismissible = false;

  override render(): unknown {
    return html`<div class=${this.quiet ? 'quiet' : ''} role=${this.quiet ? 'status' : 'alert'}>
      <p>${this.message}${this.nextStep ? ` ${this.nextStep}` : ''}</p>
      ${this.dismissible
        ? html`<button class="link" aria-label="Dismiss" @click=${() => this.dispatchEvent(new CustomEvent('dismiss'))}>✕</button>`
        : nothing}
    </div>`;
  }
}

define('lens-failure', FailureNote);
