import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import type { TextRecord, TextRecordsView } from '../../src/protocol/output';
import { colorSchemeOf } from '../../src/visualization/colorSchemes';
import { strengthTable } from '../../src/visualization/strengthColors';
import { ViewNormalizer, type ViewNorm } from '../../src/visualization/viewNormalizer';
import { formatNumber } from '../../src/visualization/formatNumber';
import { formatSigned } from '../format';
import { attributionNotes } from '../notes';
import { chipStyle, type Theme } from '../theme';
import type { ViewState } from '../viewState';
import './colorBar';
import { define } from './define';
import { baseStyles } from './styles';
import { spoken, visible } from './textView';
import { indexOf, moveFocus } from './tokenNavigation';
import { tokenStyles } from './tokenStyles';

/** Tokens that are drawn of all texts together. */
const MAX_TOKENS = 4000;

interface Column {
  title: string;
  of(record: TextRecord): string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'True label', of: ({ trueClass }) => trueClass },
  { title: 'Predicted label', of: ({ predClass, predProb }) => (predClass === undefined && predProb === undefined ? undefined : `${predClass ?? ''}${predProb === undefined ? '' : ` (${predProb.toFixed(2)})`}`) },
  { title: 'Attribution label', of: ({ attrClass }) => attrClass },
  { title: 'Attribution score', of: ({ attrScore }) => (attrScore === undefined ? undefined : formatSigned(attrScore)) },
  { title: 'Convergence delta', of: ({ convergenceScore }) => (convergenceScore === undefined ? undefined : formatNumber(convergenceScore)) },
];

/** Attributed texts below each other, on one scale, with their classes and scores. Columns that no text has are left out. */
export class TextRecordsElement extends LitElement {
  static override styles = [
    baseStyles,
    tokenStyles,
    css`
      table {
        width: 100%;
        border-collapse: collapse;
      }
      th,
      td {
        padding: 5px 14px 5px 0;
        text-align: left;
        vertical-align: baseline;
        font-weight: normal;
      }
      thead th {
        color: var(--lens-muted);
        border-bottom: 1px solid var(--lens-line);
        white-space: nowrap;
      }
      tbody tr + tr {
        border-top: 1px solid var(--lens-line);
      }
      tbody tr {
        background: none;
      }
      .label {
        max-width: 180px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }
      .label.different {
        font-weight: 600;
        color: var(--lens-bad);
      }
      td.words {
        width: 70%;
        padding-right: 0;
        line-height: 1.85;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .token {
        border-radius: 3px;
        padding: 1px 5px;
        margin-right: 3px;
        box-decoration-break: clone;
        -webkit-box-decoration-break: clone;
      }
      td.words:not(.code) .token {
        display: inline-block;
        max-width: 100%;
        line-height: 1.4;
      }
      td.words.code .token {
        padding: 1px 0;
        margin: 0;
      }
      .readout {
        min-height: 1.5em;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .readout code {
        font-family: var(--lens-mono);
        color: var(--lens-foreground);
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 14px;
        margin-top: 6px;
      }
      .legend span {
        border-radius: 3px;
        padding: 0 7px;
      }
      .legend span.neutral {
        outline: 1px solid var(--lens-line);
        outline-offset: -1px;
      }
      lens-color-bar {
        flex: 1;
        min-width: 160px;
        max-width: 300px;
      }
      p {
        margin: 6px 0 0;
      }
      @container (max-width: 640px) {
        thead {
          display: none;
        }
        tr,
        td {
          display: block;
        }
        td {
          padding: 2px 0;
        }
        td.words,
        .label {
          width: auto;
          max-width: none;
        }
        .label::before {
          content: attr(data-title) ': ';
          color: var(--lens-muted);
          font-weight: normal;
        }
        .label:empty {
          display: none;
        }
        tbody tr {
          padding: 6px 0;
        }
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TextRecordsView;
  @property({ attribute: false }) accessor view!: ViewState;
  @property({ attribute: false }) accessor theme!: Theme;
  @property() accessor description = '';
  /** The token under the pointer or in focus, counted through all texts. */
  @state() private accessor index: number | undefined;
  /** The one token that Tab reaches. */
  @state() private accessor tabStop = 0;
  private normalizer!: ViewNormalizer;
  /** The first token of each text. */
  private starts: number[] = [];

  override willUpdate(changed: PropertyValues): void {
    if (!changed.has('model')) return;
    const { records } = this.model;
    let start = 0;
    this.starts = records.map(({ tokens }) => (start += tokens.length) - tokens.length);
    this.normalizer = new ViewNormalizer(Float32Array.from(records.flatMap(({ attributions }) => attributions)));
    this.index = undefined;
    this.tabStop = 0;
  }

  override render(): unknown {
    const { model, view, theme } = this;
    const norm = this.normalizer.normalize(view.sign, 0);
    const columns = COLUMNS.filter((column) => model.records.some((record) => column.of(record) !== undefined));
    return html`<div class=${theme.highContrast ? 'contrast' : ''} @pointerover=${(event: Event) => (this.index = indexOf(event))} @pointerleave=${() => (this.index = undefined)} @focusin=${this.onFocus} @focusout=${() => (this.index = undefined)} @keydown=${this.onKeyDown}>
        <table aria-label=${`${this.description}, ${model.records.length} texts`}>
          <thead>
            <tr>
              ${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}
              <th scope="col">Word importance</th>
            </tr>
          </thead>
          <tbody>
            ${guard([model, view.sign, view.scheme, theme, this.tabStop], () => model.records.map((record, row) => this.row(record, row, columns, norm)))}
          </tbody>
        </table>
      </div>
      <p class="readout muted num">${this.readout()}</p>
      ${model.legend && norm.scaleFactor !== 0 ? this.legend(norm) : nothing} ${this.notes(norm).map((note) => html`<p class="muted">${note}</p>`)}`;
  }

  private row(record: TextRecord, row: number, columns: readonly Column[], norm: ViewNorm): unknown {
    const { trueClass, predClass } = record;
    const wrong = trueClass !== undefined && predClass !== undefined && trueClass !== predClass;
    const words = !record.tokens.some((token) => /^\s|\s$/.test(token));
    return html`<tr>
      ${columns.map((column) => html`<td class=${`label ${wrong && column.title === 'Predicted label' ? 'different' : ''}`} data-title=${column.title} title=${column.of(record) ?? ''}>${column.of(record) ?? nothing}</td>`)}
      <td class=${`words ${words ? '' : 'code'}`} role="list">${record.tokens.map((token, i) => this.token(token, record.attributions[i], this.starts[row] + i, norm))}</td>
    </tr>`;
  }

  private token(token: string, value: number, index: number, norm: ViewNorm): unknown {
    if (index >= MAX_TOKENS) return nothing;
    const { theme, view } = this;
    const strength = norm.values[index];
    const shown = Number.isFinite(strength) && strength !== 0;
    const style = shown ? chipStyle(strength, strengthTable(colorSchemeOf(view.scheme), view.sign), view.sign, theme) : '';
    return html`<span class=${`token ${!shown ? '' : value < 0 ? 'negative' : 'positive'}`} role="listitem" data-index=${index} tabindex=${index === this.tabStop ? 0 : -1} aria-label=${`${spoken(token)}: ${formatSigned(value)}`} style=${style}>${visible(token)}</span>`;
  }

  private legend(norm: ViewNorm): unknown {
    const { view, theme } = this;
    const scheme = colorSchemeOf(view.scheme);
    const chip = (label: string, strength: number): unknown =>
      html`<span class=${strength === 0 ? 'neutral' : ''} style=${strength === 0 ? '' : chipStyle(strength, strengthTable(scheme, 'all'), 'all', theme)}>${label}</span>`;
    return html`<div class="legend">
      ${view.sign === 'all' ? html`${chip('Negative', -0.8)}${chip('Neutral', 0)}${chip('Positive', 0.8)}` : nothing}
      <lens-color-bar .scheme=${scheme} .sign=${view.sign} .scaleFactor=${norm.scaleFactor} .under=${theme.background} blended></lens-color-bar>
    </div>`;
  }

  private readout(): unknown {
    const { index, model, starts } = this;
    if (index === undefined) return 'Point at a word to read its attribution.';
    const row = starts.findLastIndex((start) => start <= index);
    const { tokens, attributions } = model.records[row];
    const place = index - starts[row];
    return html`<code>${visible(tokens[place])}</code> word ${place + 1} of ${tokens.length} in text ${row + 1}: ${formatSigned(attributions[place])}`;
  }

  private notes(norm: ViewNorm): string[] {
    const count = norm.values.length;
    if (count === 0) return ['There are no words.'];
    const notes = attributionNotes(norm, { count, allZero: this.normalizer.sumsOf('absolute_value').total === 0, sign: this.view.sign });
    if (count > MAX_TOKENS) notes.push(`The first ${MAX_TOKENS} of ${count} words are drawn.`);
    return notes;
  }

  private onFocus(event: Event): void {
    const index = indexOf(event);
    if (index === undefined) return;
    this.index = index;
    this.tabStop = index;
  }

  private onKeyDown(event: KeyboardEvent): void {
    moveFocus(event, this.renderRoot, this.tabStop, Math.min(this.normalizer.attributions.length, MAX_TOKENS) - 1);
  }
}

define('lens-text-records', TextRecordsElement);
