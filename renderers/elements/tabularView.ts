import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { TabularView } from '../../src/protocol/output';
import { colorSchemeOf, overlayTable } from '../../src/visualization/colorSchemes';
import { withSign } from '../../src/visualization/sign';
import { ViewNormalizer, type ViewNorm } from '../../src/visualization/viewNormalizer';
import { formatNumber } from '../../src/visualization/formatNumber';
import { columnFormat } from '../format';
import { attributionNotes } from '../notes';
import type { FeatureOrder, ViewState } from '../viewState';
import { define } from './define';
import { baseStyles } from './styles';

/** Rows at first, and at most. */
const FEW = 20;
const MANY = 500;

/** A signed bar for each feature, with its name, its value and its attribution. */
export class TabularViewElement extends LitElement {
  static override styles = [
    baseStyles,
    css`
      table {
        width: 100%;
        border-collapse: collapse;
        table-layout: auto;
      }
      th,
      td {
        padding: 2px 10px 2px 0;
        text-align: left;
        font-weight: normal;
      }
      thead th {
        color: var(--lens-muted);
      }
      .number {
        text-align: right;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      td:last-child,
      th:last-child {
        padding-right: 0;
      }
      .name {
        max-width: 220px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .bars {
        width: 55%;
        min-width: 90px;
      }
      .track {
        position: relative;
        height: 12px;
      }
      .zero {
        position: absolute;
        top: -3px;
        bottom: -3px;
        width: 1px;
        background: var(--lens-line);
      }
      .bar {
        position: absolute;
        top: 0;
        bottom: 0;
        border-radius: 1px;
        outline: 1px solid var(--vscode-contrastBorder, transparent);
      }
      p {
        margin: 6px 0 0;
      }
      button {
        margin-top: 6px;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TabularView;
  @property({ attribute: false }) accessor view!: ViewState;
  @property() accessor order: FeatureOrder = 'given';
  @property() accessor description = '';
  @state() private accessor all = false;
  private normalizer!: ViewNormalizer;

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) this.normalizer = new ViewNormalizer(Float32Array.from(this.model.attributions));
  }

  override render(): unknown {
    const { model, view } = this;
    const norm = this.normalizer.normalize(view.sign, 0);
    const count = model.features.length;
    const format = columnFormat(model.attributions, 5);
    const shown = this.ordered().slice(0, this.all ? MANY : FEW);
    return html`<table aria-label=${`${this.description}, ${count} features`}>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col" class="number">Value</th>
            <th scope="col" class="bars"><span class="hidden">Bar</span></th>
            <th scope="col" class="number">Attribution</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((i) => this.row(i, norm.values[i], format))}
        </tbody>
      </table>
      ${count > FEW && !this.all ? html`<button class="link" @click=${() => (this.all = true)}>Show ${count > MANY ? `${MANY} of` : 'all'} ${count} features</button>` : nothing}
      ${this.notes(norm).map((note) => html`<p class="muted">${note}</p>`)}`;
  }

  private row(i: number, strength: number, format: (value: number) => string): unknown {
    const { features, values, attributions } = this.model;
    const signed = this.view.sign === 'all';
    const part = Number.isFinite(strength) ? strength : 0;
    const negative = attributions[i] < 0;
    const width = Math.abs(part) * (signed ? 50 : 100);
    const left = signed ? (part < 0 ? 50 - width : 50) : 0;
    const { rgb } = overlayTable(colorSchemeOf(this.view.scheme), this.view.sign);
    const from = signed && negative ? 0 : 3 * 255;
    const color = `rgb(${rgb[from]} ${rgb[from + 1]} ${rgb[from + 2]})`;
    return html`<tr>
      <th scope="row" class="name">${features[i]}</th>
      <td class="number muted">${formatNumber(values[i])}</td>
      <td class="bars">
        <div class="track">
          <span class="bar" style=${`left:${left}%;width:${width}%;background:${color}`}></span>
          <span class="zero" style=${`left:${signed ? 50 : 0}%`}></span>
        </div>
      </td>
      <td class="number">${format(withSign(attributions[i], this.view.sign))}</td>
    </tr>`;
  }

  private ordered(): number[] {
    const { attributions } = this.model;
    const indices = attributions.map((_, i) => i);
    if (this.order === 'given') return indices;
    const weight = (i: number): number => (Number.isFinite(attributions[i]) ? Math.abs(withSign(attributions[i], this.view.sign)) : -1);
    return indices.sort((a, b) => weight(b) - weight(a));
  }

  private notes(norm: ViewNorm): string[] {
    const count = this.model.features.length;
    if (count === 0) return ['There are no features.'];
    return attributionNotes(norm, { count, allZero: this.normalizer.sumsOf('absolute_value').total === 0, sign: this.view.sign });
  }
}

define('lens-tabular-view', TabularViewElement);
