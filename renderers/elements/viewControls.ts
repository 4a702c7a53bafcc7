import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import { COLOR_SCHEMES } from '../../src/visualization/colorSchemes';
import { IMAGE_MODES, needsImage, needsOneSign } from '../../src/visualization/composeImage';
import { ATTRIBUTION_SIGNS } from '../../src/visualization/sign';
import { TIMESERIES_METHODS } from '../../src/visualization/timeseries';
import { MODE_LABELS, SIGN_LABELS, TIMESERIES_LABELS } from '../format';
import type { ViewModel } from '../model';
import { MAX_OUTLIER_PERC, type FeatureOrder, type ViewState } from '../viewState';
import { define } from './define';
import './segmentedControl';
import type { Segment } from './segmentedControl';
import './select';
import { baseStyles } from './styles';

const ORDER_SEGMENTS: Segment[] = [
  { value: 'given', label: 'As given' },
  { value: 'strength', label: 'Strongest first' },
];

/** What changes the view at once: sign, mode, colours, outliers, order, and which input. Fires `change-view` with the change. */
export class ViewControls extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .rows {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        align-items: center;
        gap: 8px 14px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        min-width: 0;
      }
      input[type='range'] {
        appearance: none;
        width: 160px;
        height: 16px;
        margin: 0;
        background: linear-gradient(var(--lens-muted), var(--lens-muted)) center / 100% 1px no-repeat;
        border-radius: 3px;
        cursor: pointer;
      }
      input[type='range']::-webkit-slider-thumb {
        appearance: none;
        width: 12px;
        height: 12px;
        border-radius: 50%;
        background: var(--lens-foreground);
      }
      input[type='range']::-moz-range-thumb {
        width: 12px;
        height: 12px;
        border: 0;
        border-radius: 50%;
        background: var(--lens-foreground);
      }
      .hint {
        grid-column: 2;
        margin: -4px 0 0;
        font-size: 0.92em;
      }
    `,
  ];

  @property({ attribute: false }) accessor view!: ViewState;
  @property() accessor kind: ViewModel['kind'] = 'image';
  /** Whether mode and sign are given, as those of several panels are. */
  @property({ type: Boolean }) accessor fixed = false;
  /** Names of the inputs; a choice is offered when there are several. */
  @property({ attribute: false }) accessor inputs: readonly string[] = [];
  /** Whether the input picture is there to be shown. */
  @property({ type: Boolean }) accessor hasImage = false;
  /** The order that tabular features are in. */
  @property() accessor order: FeatureOrder = 'given';

  override render(): unknown {
    const { view, kind } = this;
    const strengthOnly = kind === 'image' && needsOneSign(view.mode);
    const signs = ATTRIBUTION_SIGNS.map((sign) => ({
      value: sign,
      label: SIGN_LABELS[sign],
      disabledReason: strengthOnly && sign === 'all' ? `${MODE_LABELS[view.mode]} shows strength only` : undefined,
    }));
    return html`<div class="rows">
      ${this.inputs.length > 1
        ? this.segments(
            'Input',
            this.inputs.map((name, i) => ({ value: String(i), label: name })),
            String(Math.min(view.input, this.inputs.length - 1)),
            (value) => ({ input: Number(value) }),
          )
        : nothing}
      ${this.fixed ? nothing : this.segments('Sign', signs, view.sign, (value) => ({ sign: value as ViewState['sign'] }))}
      ${view.signBefore && !this.fixed ? html`<p class="hint muted">${MODE_LABELS[view.mode]} shows strength only, so the sign is Absolute.</p>` : nothing}
      <span class="muted">${(kind === 'image' && !this.fixed) || kind === 'timeseries' ? 'Show' : 'Colours'}</span>
      <div class="row">${kind === 'image' && !this.fixed ? this.modeSelect() : nothing}${kind === 'timeseries' ? this.timeseriesSelect() : nothing}${this.schemeSelect()}</div>
      ${kind === 'image' || kind === 'timeseries' ? this.outliers() : nothing}
      ${kind === 'tabular' ? this.segments('Order', ORDER_SEGMENTS, this.order, (value) => ({ order: value as FeatureOrder })) : nothing}
    </div>`;
  }

  private segments(label: string, segments: readonly Segment[], value: string, change: (value: string) => Partial<ViewState>): unknown {
    return html`<span class="muted">${label}</span>
      <lens-segmented
        .label=${label}
        .segments=${segments}
        .value=${value}
        @choose=${(event: CustomEvent<string>) => this.change(change(event.detail))}
      ></lens-segmented>`;
  }

  private modeSelect(): unknown {
    const options = IMAGE_MODES.map((mode) => ({ value: mode, label: MODE_LABELS[mode], disabled: needsImage(mode) && !this.hasImage }));
    return html`<lens-select
      label="Show"
      .options=${options}
      .value=${this.hasImage ? this.view.mode : 'heat_map'}
      @choose=${(event: CustomEvent<ViewState['mode']>) => this.change({ mode: event.detail })}
    ></lens-select>`;
  }

  private timeseriesSelect(): unknown {
    return html`<lens-select
      label="Show"
      .options=${TIMESERIES_METHODS.map((method) => ({ value: method, label: TIMESERIES_LABELS[method] }))}
      .value=${this.view.timeseries}
      @choose=${(event: CustomEvent<ViewState['timeseries']>) => this.change({ timeseries: event.detail })}
    ></lens-select>`;
  }

  private schemeSelect(): unknown {
    return html`<lens-select
      label="Colours"
      .options=${COLOR_SCHEMES.map(({ id, label }) => ({ value: id, label }))}
      .value=${this.view.scheme}
      @choose=${(event: CustomEvent<string>) => this.change({ scheme: event.detail })}
    ></lens-select>`;
  }

  private outliers(): unknown {
    const { outlierPerc } = this.view;
    return html`<label class="muted" for="outliers">Outliers</label>
      <div class="row num">
        <input
          id="outliers"
          type="range"
          min="0"
          max=${MAX_OUTLIER_PERC}
          step="0.5"
          .value=${String(outlierPerc)}
          aria-valuetext="${outlierPerc} percent of the total magnitude saturate the colours"
          @input=${(event: Event) => this.change({ outlierPerc: Number((event.target as HTMLInputElement).value) })}
        />
        <span>${outlierPerc} %</span>
      </div>`;
  }

  private change(change: Partial<ViewState>): void {
    this.dispatchEvent(new CustomEvent('change-view', { detail: change }));
  }
}

define('lens-view-controls', ViewControls);
