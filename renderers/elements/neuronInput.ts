import { css, html, LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { define } from './define';
import { baseStyles } from './styles';

const INDICES = '\\s*-?\\d+(\\s*,\\s*-?\\d+)*\\s*';

/** The index of a neuron, one whole number for each axis of its layer; fires `choose` with what was typed in. */
export class NeuronInput extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: inline-block;
      }
      input {
        field-sizing: content;
        font: inherit;
        line-height: 18px;
        min-width: 3em;
        max-width: 160px;
        padding: 2px 6px;
        color: var(--vscode-input-foreground, var(--lens-foreground));
        background: var(--vscode-input-background, transparent);
        border: 1px solid var(--vscode-input-border, var(--lens-line));
        border-radius: 3px;
      }
      input:invalid {
        border-color: var(--lens-bad);
      }
      input:disabled {
        opacity: 0.55;
      }
    `,
  ];

  @property() accessor value = '';
  @property({ type: Boolean }) accessor disabled = false;

  override render(): unknown {
    return html`<label class="num"
      ><span class="muted">Neuron</span>
      <input pattern=${INDICES} required title="Whole numbers with commas between them, one for each axis of the layer" .value=${live(this.value)} ?disabled=${this.disabled} @change=${this.onChange}
    /></label>`;
  }

  private onChange(event: Event): void {
    const input = event.target as HTMLInputElement;
    if (!input.reportValidity()) return;
    this.dispatchEvent(new CustomEvent('choose', { detail: input.value.trim() }));
  }
}

define('lens-neuron-input', NeuronInput);
