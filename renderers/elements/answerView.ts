import { css, html, LitElement, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { TextView } from '../../src/protocol/output';
import type { Theme } from '../theme';
import type { ViewState } from '../viewState';
import { define } from './define';
import { baseStyles } from './styles';
import './textView';
import { gridRows } from './tokenGrid';

/** A prompt with the answer of a language model: the prompt coloured for the whole answer, or for the one of its tokens that is chosen in the heat map below. */
export class AnswerView extends LitElement {
  static override styles = [
    baseStyles,
    css`
      lens-text-view {
        max-width: 760px;
      }
      lens-token-grid {
        margin-top: 14px;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TextView;
  @property({ attribute: false }) accessor view!: ViewState;
  @property({ attribute: false }) accessor theme!: Theme;
  @property() accessor description = '';
  @property() accessor targetName = '';
  @state() private accessor chosen = 0;
  private shown!: TextView;

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) this.chosen = 0;
    if (!changed.has('model') && !changed.has('chosen')) return;
    this.shown = { ...this.model, attributions: [...gridRows(this.model)[this.chosen].attributions] };
  }

  override render(): unknown {
    const { model, view, theme, chosen } = this;
    const name = chosen === 0 ? this.targetName : `“${model.outputs?.tokens[chosen - 1].trim() ?? ''}”`;
    return html`<lens-text-view prose .model=${this.shown} .view=${view} .theme=${theme} .description=${this.description} .targetName=${name}></lens-text-view>
      <lens-token-grid .model=${model} .view=${view} .theme=${theme} .chosen=${chosen} @choose-row=${(event: CustomEvent<number>) => (this.chosen = event.detail)}></lens-token-grid>`;
  }
}

define('lens-answer-view', AnswerView);
