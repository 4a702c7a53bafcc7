import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import type { TextView } from '../../src/protocol/output';
import { colorSchemeOf, type OverlayTable } from '../../src/visualization/colorSchemes';
import { strengthTable } from '../../src/visualization/strengthColors';
import { ViewNormalizer, type ViewNorm } from '../../src/visualization/viewNormalizer';
import { formatPercent } from '../../src/visualization/formatNumber';
import { formatSigned } from '../format';
import { attributionNotes } from '../notes';
import { chipStyle, type Theme } from '../theme';
import type { ViewState } from '../viewState';
import './colorBar';
import { define } from './define';
import { baseStyles } from './styles';
import { indexOf, moveFocus } from './tokenNavigation';
import { tokenStyles } from './tokenStyles';
import './topTokens';

/** Tokens that are drawn; a longer text is cut, its numbers still count. */
const MAX_TOKENS = 4000;

/** Tokens in reading order, coloured by sign and strength; pointing at one, or going to it with the arrow keys, reads its value. */
export class TextViewElement extends LitElement {
  static override styles = [
    baseStyles,
    tokenStyles,
    css`
      .text {
        max-height: 320px;
        overflow: auto;
        padding: 3px;
        line-height: 1.75;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        border-radius: 3px;
      }
      .text.code {
        font-family: var(--lens-mono);
        line-height: 1.6;
      }
      .token {
        border-radius: 3px;
        padding: 1px 0;
        box-decoration-break: clone;
        -webkit-box-decoration-break: clone;
      }
      .text.words .token {
        display: inline-block;
        max-width: 100%;
        line-height: 1.4;
        padding: 1px 5px;
        margin-right: 3px;
      }
      .readout {
        min-height: 1.5em;
        margin: 4px 0 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .readout code {
        font-family: var(--lens-mono);
        color: var(--lens-foreground);
      }
      lens-color-bar {
        margin-top: 6px;
        max-width: 336px;
      }
      lens-top-tokens {
        margin-top: 12px;
      }
      p {
        margin: 6px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TextView;
  @property({ attribute: false }) accessor view!: ViewState;
  @property({ attribute: false }) accessor theme!: Theme;
  @property() accessor description = '';
  /** Whether it is text to be read, not code. */
  @property({ type: Boolean }) accessor prose = false;
  /** What positive attributions speak for. */
  @property() accessor targetName = '';
  /** The token under the pointer or in focus. */
  @state() private accessor index: number | undefined;
  /** The one token that Tab reaches. */
  @state() private accessor tabStop = 0;
  private normalizer!: ViewNormalizer;

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) {
      this.normalizer = new ViewNormalizer(Float32Array.from(this.model.attributions));
      this.index = undefined;
      this.tabStop = 0;
    }
  }

  override render(): unknown {
    const { model, view, theme } = this;
    const { tokens } = model;
    const norm = this.normalizer.normalize(view.sign, 0);
    const scheme = colorSchemeOf(view.scheme);
    const words = !tokens.some((token) => /^\s|\s$/.test(token));
    const classes = `text ${words ? 'words' : this.prose ? '' : 'code'} ${theme.highContrast ? 'contrast' : ''}`;
    return html`
      <div
        class=${classes}
        role="list"
        aria-label=${this.summary(norm)}
        tabindex=${tokens.length === 0 ? 0 : -1}
        @pointerover=${(event: Event) => (this.index = indexOf(event))}
        @pointerleave=${() => (this.index = undefined)}
        @focusin=${this.onFocus}
        @focusout=${() => (this.index = undefined)}
        @keydown=${this.onKeyDown}
      >${guard([model, view.sign, view.scheme, theme, this.tabStop], () => this.tokens(norm, strengthTable(scheme, view.sign)))}</div>
      <p class="readout muted num">${this.readout()}</p>
      ${norm.scaleFactor === 0 ? nothing : html`<lens-color-bar .scheme=${scheme} .sign=${view.sign} .scaleFactor=${norm.scaleFactor} .under=${theme.background} blended></lens-color-bar>`}
      ${this.notes(norm).map((note) => html`<p class="muted">${note}</p>`)}
      <lens-top-tokens .model=${model} .sign=${view.sign} .scheme=${scheme} .targetName=${this.targetName}></lens-top-tokens>
    `;
  }

  private tokens(norm: ViewNorm, table: OverlayTable): unknown {
    const { model, theme, view } = this;
    return model.tokens.slice(0, MAX_TOKENS).map((token, i) => {
      const value = model.attributions[i];
      const strength = norm.values[i];
      const shown = Number.isFinite(strength) && strength !== 0;
      const style = shown ? chipStyle(strength, table, view.sign, theme) : '';
      return html`<span
        class=${`token ${!shown ? '' : value < 0 ? 'negative' : 'positive'}`}
        role="listitem"
        data-index=${i}
        tabindex=${i === this.tabStop ? 0 : -1}
        aria-label=${`${spoken(token)}: ${formatSigned(value)}`}
        style=${style}
        >${visible(token)}</span
      >`;
    });
  }

  private readout(): unknown {
    const { index, model } = this;
    if (index === undefined) return 'Point at a token to read its attribution.';
    const value = model.attributions[index];
    const { total } = this.normalizer.sumsOf('absolute_value');
    const share = Number.isFinite(value) && total > 0 ? ` · ${formatPercent(Math.abs(value) / total)} of the total magnitude` : '';
    return html`<code>${visible(model.tokens[index])}</code> token ${index + 1} of ${model.tokens.length}: ${formatSigned(value)}${share}`;
  }

  private notes(norm: ViewNorm): string[] {
    const count = this.model.tokens.length;
    if (count === 0) return ['There are no tokens.'];
    const notes = attributionNotes(norm, { count, allZero: this.normalizer.sumsOf('absolute_value').total === 0, sign: this.view.sign });
    if (count > MAX_TOKENS) notes.push(`The first ${MAX_TOKENS} of ${count} tokens are drawn.`);
    return notes;
  }

  private summary(norm: ViewNorm): string {
    return `${this.description}, ${this.model.tokens.length} tokens, strongest ${formatSigned(norm.scaleFactor)}`;
  }

  private onFocus(event: Event): void {
    const index = indexOf(event);
    if (index === undefined) return;
    this.index = index;
    this.tabStop = index;
  }

  private onKeyDown(event: KeyboardEvent): void {
    moveFocus(event, this.renderRoot, this.tabStop, Math.min(this.model.tokens.length, MAX_TOKENS) - 1);
  }
}

/** Line breaks in sight, and still breaking the line. */
export const visible = (token: string): string => (token === '' ? '∅' : token.replaceAll('\n', '⏎\n').replaceAll('\t', '→\t'));

export const spoken = (token: string): string => (token.trim() === '' ? (token.includes('\n') ? 'line break' : token === '' ? 'empty token' : 'blank') : token);

define('lens-text-view', TextViewElement);
