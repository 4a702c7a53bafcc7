import { css, html, LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import { define } from './define';
import { baseStyles } from './styles';

export interface Segment {
  value: string;
  label: string;
  /** Why it cannot be chosen. */
  disabledReason?: string;
}

/** One choice out of a few, all in sight: a radio group in which the arrow keys, Home and End choose. Fires `choose` with the value. */
export class SegmentedControl extends LitElement {
  static override styles = [
    baseStyles,
    css`
      [role='radiogroup'] {
        display: inline-flex;
        max-width: 100%;
        border: 1px solid var(--vscode-button-border, var(--lens-line));
        border-radius: 4px;
      }
      button {
        border: 0;
        border-radius: 0;
        padding: 2px 9px;
        line-height: 20px;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      button:first-child {
        border-radius: 3px 0 0 3px;
      }
      button:last-child {
        border-radius: 0 3px 3px 0;
      }
      button + button {
        border-left: 1px solid var(--vscode-button-border, var(--lens-line));
      }
      button.on,
      button.on:hover {
        background: var(--lens-selected);
        color: var(--lens-selected-foreground);
        outline: 1px solid var(--lens-selected-outline);
        outline-offset: -3px;
      }
      button[aria-disabled='true'] {
        opacity: 0.45;
        cursor: default;
      }
      button:focus-visible {
        outline: 1px solid var(--lens-focus);
        outline-offset: 2px;
        position: relative;
      }
    `,
  ];

  @property() accessor label = '';
  @property({ attribute: false }) accessor segments: readonly Segment[] = [];
  @property() accessor value = '';

  override render(): unknown {
    return html`<div role="radiogroup" aria-label=${this.label} @keydown=${this.onKeyDown}>
      ${this.segments.map((segment) => {
        const on = segment.value === this.value;
        const reason = segment.disabledReason;
        return html`<button
          role="radio"
          class=${classMap({ on })}
          aria-checked=${on}
          aria-disabled=${reason !== undefined}
          aria-label=${reason === undefined ? segment.label : `${segment.label}: ${reason}`}
          tabindex=${on ? 0 : -1}
          data-value=${segment.value}
          @click=${() => this.choose(segment)}
        >
          ${segment.label}
        </button>`;
      })}
    </div>`;
  }

  private choose(segment: Segment): void {
    if (segment.disabledReason !== undefined || segment.value === this.value) return;
    this.dispatchEvent(new CustomEvent('choose', { detail: segment.value }));
  }

  private onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: 1, End: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const enabled = this.segments.filter((segment) => segment.disabledReason === undefined);
    if (enabled.length === 0) return;
    const at = enabled.findIndex((segment) => segment.value === this.value);
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? enabled.length - 1 : (at + step + enabled.length) % enabled.length;
    this.choose(enabled[next]);
    for (const button of this.renderRoot.querySelectorAll('button')) if (button.dataset.value === enabled[next].value) button.focus();
  }
}

define('lens-segmented', SegmentedControl);
