import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { TextView } from '../../src/protocol/output';
import { overlayTable, type ColorScheme } from '../../src/visualization/colorSchemes';
import type { AttributionSign } from '../../src/visualization/sign';
import { columnFormat } from '../format';
import { define } from './define';
import { baseStyles } from './styles';

const LISTED = 5;

/** All places of one token in the text. */
interface Entry {
  token: string;
  /** The sum of its attributions. */
  value: number;
  count: number;
}

/** The tokens that speak most strongly for and against the target; a token that stands in several places is counted once, with its sum. */
export class TopTokens extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .lists {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
        gap: 10px 24px;
      }
      h4 {
        font: inherit;
        margin: 0 0 3px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      ol {
        display: grid;
        grid-template-columns: minmax(0, max-content) minmax(30px, 1fr) max-content;
        gap: 0 8px;
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: grid;
        grid-column: 1 / 4;
        grid-template-columns: subgrid;
        align-items: center;
      }
      .name {
        display: flex;
        gap: 5px;
        min-width: 0;
      }
      code {
        font-family: var(--lens-mono);
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: pre;
      }
      .bar {
        height: 8px;
        border-radius: 1px;
        outline: 1px solid var(--vscode-contrastBorder, transparent);
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TextView;
  @property() accessor sign: AttributionSign = 'all';
  @property({ attribute: false }) accessor scheme!: ColorScheme;
  @property() accessor targetName = '';

  override render(): unknown {
    const entries = entriesOf(this.model);
    const by = (direction: number): Entry[] =>
      entries
        .filter(({ value }) => value * direction > 0)
        .sort((a, b) => (b.value - a.value) * direction)
        .slice(0, LISTED);
    const towards = this.sign === 'negative' ? [] : by(1);
    const against = this.sign === 'positive' ? [] : by(-1);
    const values = [...towards, ...against].map(({ value }) => value);
    if (values.length === 0) return nothing;
    const largest = Math.max(...values.map(Math.abs));
    const format = columnFormat(values, 3);
    return html`<div class="lists">
      ${this.list(`Towards ${this.targetName}`, towards, largest, format)}
      ${this.list(`Against ${this.targetName}`, against, largest, format)}
    </div>`;
  }

  private list(title: string, entries: Entry[], largest: number, format: (value: number) => string): unknown {
    if (entries.length === 0) return nothing;
    const { rgb } = overlayTable(this.scheme, 'all');
    const from = entries[0].value > 0 ? 3 * 255 : 0;
    const color = `rgb(${rgb[from]} ${rgb[from + 1]} ${rgb[from + 2]})`;
    return html`<div>
      <h4 class="muted">${title}</h4>
      <ol>
        ${entries.map(
          ({ token, value, count }) =>
            html`<li>
              <span class="name"><code>${inList(token)}</code>${count > 1 ? html`<span class="muted num">×${count}</span>` : nothing}</span>
              <span class="bar" style=${`width:${Math.max(1, (100 * Math.abs(value)) / largest)}%;background:${color}`}></span>
              <span class="num">${format(value)}</span>
            </li>`,
        )}
      </ol>
    </div>`;
  }
}

function entriesOf({ tokens, attributions }: TextView): Entry[] {
  const entries = new Map<string, Entry>();
  tokens.forEach((token, i) => {
    if (!Number.isFinite(attributions[i])) return;
    const entry = entries.get(token) ?? { token, value: 0, count: 0 };
    entries.set(token, { token, value: entry.value + attributions[i], count: entry.count + 1 });
  });
  return [...entries.values()];
}

/** Blanks in sight, where there is nothing else. */
const inList = (token: string): string => (token === '' ? '∅' : token.trim() === '' ? token.replaceAll('\n', '⏎').replaceAll('\t', '→').replaceAll(' ', '␣') : token.replaceAll('\n', '⏎'));

define('lens-top-tokens', TopTokens);
