import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import type { TextView } from '../../src/protocol/output';
import { colorSchemeOf } from '../../src/visualization/colorSchemes';
import { strengthTable } from '../../src/visualization/strengthColors';
import { ViewNormalizer, type ViewNorm } from '../../src/visualization/viewNormalizer';
import { columnFormat, formatSigned } from '../format';
import { chipStyle, type Theme } from '../theme';
import type { ViewState } from '../viewState';
import { define } from './define';
import { baseStyles } from './styles';
import { spoken, visible } from './textView';

const MAX_COLUMNS = 200;
const MAX_ROWS = 64;
/** With more columns the numbers are left out of the cells. */
const FEW_COLUMNS = 14;

/** A row of the grid: the whole answer, or one of its tokens. */
export interface GridRow {
  label: string;
  attributions: readonly number[];
}

/** The rows of a text with outputs, the whole answer first. */
export const gridRows = ({ attributions, outputs }: TextView): GridRow[] => [
  { label: 'Whole answer', attributions },
  ...(outputs?.tokens ?? []).map((token, index) => ({ label: token, attributions: outputs?.attributions[index] ?? [] })),
];

/**
 * A heat map of input tokens against output tokens, as Captum's `plot_token_attr`; the row of the whole answer is on a
 * scale of its own. Arrow keys walk from cell to cell. Fires `choose-row` with the index of a row whose name was chosen.
 */
export class TokenGrid extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .scroll {
        overflow-x: auto;
        padding: 2px;
      }
      table {
        border-collapse: separate;
        border-spacing: 2px;
        margin: -2px;
      }
      tr,
      tr:nth-child(even) {
        background: none;
      }
      th,
      td {
        padding: 0;
        font-weight: normal;
        text-align: center;
        vertical-align: middle;
      }
      thead th {
        vertical-align: bottom;
        max-width: 90px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        padding: 0 3px;
      }
      .many thead th {
        writing-mode: vertical-rl;
        transform: rotate(180deg);
        text-align: left;
        max-height: 110px;
        max-width: none;
        padding: 3px 0;
      }
      .many td {
        min-width: 18px;
        height: 20px;
      }
      tbody th {
        position: sticky;
        left: 0;
        background: var(--vscode-editor-background, #1e1e1e);
        text-align: right;
        padding-right: 6px;
      }
      tbody th button {
        max-width: 130px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: pre;
        border-color: transparent;
        background: none;
        color: var(--lens-foreground);
        padding: 1px 7px;
      }
      tbody th button:hover:enabled {
        background: var(--lens-button-hover);
      }
      tbody th button[aria-pressed='true'] {
        background: var(--lens-selected);
        color: var(--lens-selected-foreground);
      }
      td {
        min-width: 52px;
        height: 26px;
        border-radius: 3px;
        font-size: 0.88em;
        font-variant-numeric: tabular-nums;
        outline: 1px solid var(--lens-line);
        outline-offset: -1px;
      }
      tbody + tbody::before {
        content: '';
        display: block;
        height: 5px;
      }
      td:focus-visible {
        outline: 2px solid var(--lens-focus);
      }
      td:hover {
        outline: 1px solid var(--lens-foreground);
      }
      .readout {
        min-height: 1.5em;
      }
      p {
        margin: 4px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TextView;
  @property({ attribute: false }) accessor view!: ViewState;
  @property({ attribute: false }) accessor theme!: Theme;
  /** The row that is shown in the text. */
  @property({ type: Number }) accessor chosen = 0;
  @state() private accessor at: { row: number; column: number } | undefined;
  @state() private accessor tabStop = { row: 0, column: 0 };
  private rows: GridRow[] = [];
  private whole!: ViewNormalizer;
  private tokens!: ViewNormalizer;

  override willUpdate(changed: PropertyValues): void {
    if (!changed.has('model')) return;
    this.rows = gridRows(this.model).slice(0, MAX_ROWS);
    this.whole = new ViewNormalizer(Float32Array.from(this.model.attributions));
    this.tokens = new ViewNormalizer(Float32Array.from(this.rows.slice(1).flatMap(({ attributions }) => attributions)));
    this.at = undefined;
    this.tabStop = { row: 0, column: 0 };
  }

  override render(): unknown {
    const { model, view, rows } = this;
    const columns = model.tokens.slice(0, MAX_COLUMNS);
    const norms = [this.whole.normalize(view.sign, 0), this.tokens.normalize(view.sign, 0)];
    const signed = columnFormat(rows.flatMap(({ attributions }) => attributions), 3);
    const format = (value: number): string => (/[1-9]/.test(signed(value)) || !Number.isFinite(value) ? signed(value) : '0');
    const left = [model.tokens.length > MAX_COLUMNS ? `the first ${MAX_COLUMNS} of ${model.tokens.length} input tokens` : '', (model.outputs?.tokens.length ?? 0) >= MAX_ROWS ? `the first ${MAX_ROWS - 1} output tokens` : ''].filter(Boolean);
    return html`<div class="scroll">
        <table class=${classMap({ many: columns.length > FEW_COLUMNS })} role="grid" aria-label="Attributions of each output token to each input token" @keydown=${this.onKeyDown} @pointerover=${(event: Event) => (this.at = placeOf(event))} @pointerleave=${() => (this.at = undefined)} @focusout=${() => (this.at = undefined)}>
          <thead>
            <tr>
              <th><span class="hidden">Output</span></th>
              ${columns.map((token) => html`<th scope="col" class="muted" title=${token}>${visible(token.trim() || token)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${this.row(rows[0], 0, norms[0], columns.length, format)}
          </tbody>
          <tbody>
            ${rows.slice(1).map((row, index) => this.row(row, index + 1, norms[1], columns.length, format))}
          </tbody>
        </table>
      </div>
      <p class="readout muted num">${this.readout()}</p>
      ${left.length > 0 ? html`<p class="muted">Of the heat map, ${left.join(' and ')} are drawn.</p>` : nothing}`;
  }

  private row({ label, attributions }: GridRow, row: number, norm: ViewNorm, columns: number, format: (value: number) => string): unknown {
    const { view, theme, tabStop } = this;
    const table = strengthTable(colorSchemeOf(view.scheme), view.sign);
    const offset = row === 0 ? 0 : (row - 1) * this.model.tokens.length;
    return html`<tr>
      <th scope="row">
        <button aria-pressed=${row === this.chosen} title=${`Show ${row === 0 ? 'the attributions of the whole answer' : `those of ${spoken(label)}`} in the text`} @click=${() => this.dispatchEvent(new CustomEvent('choose-row', { detail: row }))}>${visible(label.trim() || label)}</button>
      </th>
      ${Array.from({ length: columns }, (_, column) => {
        const strength = norm.values[offset + column];
        const style = Number.isFinite(strength) && strength !== 0 ? chipStyle(strength, table, view.sign, theme) : '';
        return html`<td
          style=${style}
          data-row=${row}
          data-column=${column}
          tabindex=${row === tabStop.row && column === tabStop.column ? 0 : -1}
          aria-label=${this.text(row, column)}
          @focus=${() => this.onFocus(row, column)}
          >${columns <= FEW_COLUMNS ? format(attributions[column]) : nothing}</td
        >`;
      })}
    </tr>`;
  }

  private readout(): string {
    return this.at ? this.text(this.at.row, this.at.column) : 'Choose an output token to see its attributions in the text; point at a cell to read it.';
  }

  private text(row: number, column: number): string {
    const { label, attributions } = this.rows[row];
    return `${spoken(this.model.tokens[column])} → ${row === 0 ? 'whole answer' : spoken(label)}: ${formatSigned(attributions[column])}`;
  }

  private onFocus(row: number, column: number): void {
    this.at = { row, column };
    this.tabStop = this.at;
  }

  private onKeyDown(event: KeyboardEvent): void {
    const { row, column } = this.tabStop;
    const [lastRow, lastColumn] = [this.rows.length - 1, Math.min(this.model.tokens.length, MAX_COLUMNS) - 1];
    const moves: Record<string, [number, number]> = { ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], Home: [row, 0], End: [row, lastColumn] };
    if (!Object.hasOwn(moves, event.key) || !(event.target instanceof HTMLTableCellElement)) return;
    event.preventDefault();
    const [toRow, toColumn] = moves[event.key];
    const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));
    this.renderRoot.querySelector<HTMLElement>(`[data-row="${clamp(toRow, lastRow)}"][data-column="${clamp(toColumn, lastColumn)}"]`)?.focus();
  }
}

function placeOf(event: Event): { row: number; column: number } | undefined {
  const cell = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('td[data-row]') : null;
  return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : undefined;
}

define('lens-token-grid', TokenGrid);
