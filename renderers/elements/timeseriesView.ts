import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, queryAll, state } from 'lit/decorators.js';
import { colorSchemeOf } from '../../src/visualization/colorSchemes';
import type { ViewNorm } from '../../src/visualization/viewNormalizer';
import { formatNumber } from '../../src/visualization/formatNumber';
import { formatSigned, SIGN_LABELS, TIMESERIES_LABELS } from '../format';
import type { TimeseriesModel } from '../model';
import { attributionNotes } from '../notes';
import { cssColor, type Theme } from '../theme';
import { lineStyle, TimeseriesPainter, type Graph } from '../timeseriesPainter';
import type { ViewState } from '../viewState';
import './colorBar';
import { define } from './define';
import { baseStyles } from './styles';

/** Channels that are drawn. */
const MAX_CHANNELS = 16;
/** Points that the arrow keys move with Shift held. */
const BIG_STEP = 10;
const COMBINED_HEIGHT = 220;

/**
 * A time series with its attributions: a graph for each channel, or all in one. Pointing at a graph, or going along it with
 * the arrow keys, Home and End, reads value and attribution; up and down change the channel. Escape puts that away.
 */
export class TimeseriesViewElement extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .graphs {
        display: grid;
        gap: 10px;
        outline-offset: 3px;
        cursor: crosshair;
      }
      .graph {
        display: grid;
        grid-template-columns: 56px minmax(0, 1fr);
        gap: 0 6px;
      }
      .title {
        grid-column: 2;
        display: flex;
        flex-wrap: wrap;
        gap: 0 16px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .title i {
        display: inline-block;
        width: 26px;
        margin-right: 6px;
        vertical-align: 0.2em;
      }
      .axis {
        display: flex;
        flex-direction: column;
        justify-content: space-between;
        text-align: right;
        font-size: 0.85em;
        line-height: 1.2;
        overflow: hidden;
      }
      .plot {
        position: relative;
        border-left: 1px solid var(--lens-line);
        border-bottom: 1px solid var(--lens-line);
      }
      canvas {
        display: block;
        width: 100%;
      }
      .cursor {
        position: absolute;
        top: 0;
        bottom: 0;
        width: 0;
        border-left: 1px dashed var(--lens-foreground);
        pointer-events: none;
      }
      .dot {
        position: absolute;
        width: 9px;
        height: 9px;
        border-radius: 50%;
        border: 2px solid var(--lens-foreground);
        background: var(--vscode-editor-background, #1e1e1e);
        transform: translate(-50%, -50%);
        pointer-events: none;
      }
      .places {
        grid-column: 2;
        display: flex;
        justify-content: space-between;
        font-size: 0.85em;
      }
      .readout {
        min-height: 1.5em;
        margin: 4px 0 0 62px;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .readout b {
        font-weight: 600;
        color: var(--lens-foreground);
      }
      lens-color-bar {
        margin: 6px 0 0 62px;
        max-width: 336px;
      }
      p {
        margin: 6px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: TimeseriesModel;
  @property({ attribute: false }) accessor view!: ViewState;
  @property({ attribute: false }) accessor theme!: Theme;
  @property() accessor description = '';
  @queryAll('canvas') private accessor canvases!: NodeListOf<HTMLCanvasElement>;
  /** The width of a plot in CSS pixels. */
  @state() private accessor width = 0;
  /** What is read: a point, and the channel whose value is said. */
  @state() private accessor at: { point: number; channel: number } | undefined;
  @state() private accessor spoken = '';
  private painter!: TimeseriesPainter;
  private readonly resize = new ResizeObserver(() => this.measure());

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize.disconnect();
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) {
      this.painter = new TimeseriesPainter(this.model);
      this.at = undefined;
    }
  }

  override render(): unknown {
    const { view, theme, painter } = this;
    const norm = painter.normalize(view);
    const graphs = painter.graphs(view, MAX_CHANNELS);
    return html`<div
        class="graphs"
        tabindex="0"
        role="application"
        aria-roledescription="time series"
        aria-label=${this.summary(norm)}
        @keydown=${this.onKeyDown}
        @focus=${(event: FocusEvent) => event.target instanceof Element && event.target.matches(':focus-visible') && this.moveTo(this.at ?? this.start())}
        @blur=${this.hide}
      >
        ${graphs.map((graph, index) => this.graph(graph, index === graphs.length - 1))}
      </div>
      <p class="readout muted num">${this.readout()}</p>
      <span class="hidden" aria-live="polite">${this.spoken}</span>
      ${norm.scaleFactor === 0
        ? nothing
        : html`<lens-color-bar .scheme=${colorSchemeOf(view.scheme)} .sign=${view.sign} .scaleFactor=${norm.scaleFactor} .under=${theme.background} blended></lens-color-bar>`}
      ${this.notes(norm).map((note) => html`<p class="muted">${note}</p>`)}`;
  }

  override updated(): void {
    this.measure();
    const { view, theme, painter, width } = this;
    if (width === 0) return;
    const norm = painter.normalize(view);
    const ratio = window.devicePixelRatio || 1;
    const graphs = painter.graphs(view, MAX_CHANNELS);
    const height = this.height(graphs.length);
    for (const [index, canvas] of this.canvases.entries()) {
      const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
      if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
      const context = canvas.getContext('2d');
      if (!context || !graphs[index]) continue;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      painter.paint(context, graphs[index], norm, view, theme, { width, height });
    }
  }

  private graph(graph: Graph, isLast: boolean): unknown {
    const { model, theme, painter, width, at } = this;
    const height = this.height(painter.graphs(this.view, MAX_CHANNELS).length);
    const scales = painter.scales(graph, Math.max(1, width), height);
    const several = graph.channels.length > 1;
    const shown = at && (several || graph.channels.includes(at.channel) ? at : { ...at, channel: graph.channels[0] });
    const value = shown ? model.values[shown.channel * model.length + shown.point] : NaN;
    return html`<section class="graph" aria-hidden="true">
      <span class="title muted">
        ${graph.channels.map((channel) => html`<span>${several ? html`<i style=${keyOf(channel, theme)}></i>` : nothing}${model.channels[channel]}</span>`)}
      </span>
      <span class="axis muted num"><span>${bound(scales.high, scales)}</span><span>${bound(scales.low, scales)}</span></span>
      <div class="plot" @pointermove=${(event: PointerEvent) => this.onPointer(event, graph)} @pointerdown=${(event: PointerEvent) => this.onPointer(event, graph)} @pointerleave=${this.hide}>
        <canvas style=${`height:${height}px`}></canvas>
        ${shown ? html`<span class="cursor" style=${`left:${scales.x(shown.point)}px`}></span>` : nothing}
        ${shown && at?.channel === shown.channel && Number.isFinite(value) ? html`<span class="dot" style=${`left:${scales.x(shown.point)}px;top:${scales.y(value)}px`}></span>` : nothing}
      </div>
      ${isLast ? html`<span class="places muted num">${this.places().map((place) => html`<span>${place}</span>`)}</span>` : nothing}
    </section>`;
  }

  private height(graphs: number): number {
    return this.view.timeseries === 'overlay_combined' ? COMBINED_HEIGHT : Math.max(56, Math.min(128, Math.round(480 / graphs)));
  }

  private places(): string[] {
    const { length, x } = this.model;
    const points = [...new Set([0, Math.floor((length - 1) / 2), length - 1])];
    return points.map((point) => formatNumber(x?.[point] ?? point, 6));
  }

  private readout(): unknown {
    const { at } = this;
    if (!at) return 'Point at the time series to read a value and its attribution.';
    const { channel, place, value, attribution } = this.texts(at);
    return html`${place} · <b>${channel}</b> ${value} · ${attribution}`;
  }

  private texts({ point, channel }: { point: number; channel: number }): { channel: string; place: string; value: string; attribution: string } {
    const { model, view } = this;
    const { length, x, values, attributions, channels } = model;
    const sum = view.timeseries === 'overlay_combined' && channels.length > 1 ? `, all channels ${formatSigned(this.painter.coloured(view)[point])}` : '';
    return {
      channel: channels[channel],
      place: `x ${formatNumber(x?.[point] ?? point, 6)}`,
      value: formatNumber(values[channel * length + point], 4),
      attribution: `attribution ${formatSigned(attributions[channel * length + point])}${sum}`,
    };
  }

  private notes(norm: ViewNorm): string[] {
    const { view, painter, model } = this;
    const notes = attributionNotes(norm, { count: painter.coloured(view).length, allZero: painter.isZero(view), sign: view.sign });
    if (model.channels.length > MAX_CHANNELS) notes.push(`The first ${MAX_CHANNELS} of ${model.channels.length} channels are drawn.`);
    return notes;
  }

  private summary(norm: ViewNorm): string {
    const { view, model, painter } = this;
    const coloured = painter.coloured(view);
    let best = 0;
    for (const [index, value] of coloured.entries()) if (Math.abs(value) > Math.abs(coloured[best])) best = index;
    const channel = coloured.length > model.length ? ` in ${model.channels[Math.floor(best / model.length)]}` : '';
    const strongest = norm.scaleFactor === 0 ? 'no attributions' : `strongest ${formatSigned(coloured[best])}${channel} at x ${formatNumber(model.x?.[best % model.length] ?? best % model.length, 6)}`;
    return `${this.description}, time series of ${model.length} points, ${TIMESERIES_LABELS[view.timeseries].toLowerCase()}, sign ${SIGN_LABELS[view.sign].toLowerCase()}; ${strongest}. The arrow keys read values.`;
  }

  private onPointer(event: PointerEvent, graph: Graph): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const { model, painter } = this;
    const scales = painter.scales(graph, box.width, box.height);
    const point = scales.pointAt(event.clientX - box.left);
    const distance = (channel: number): number => Math.abs(scales.y(model.values[channel * model.length + point]) - (event.clientY - box.top)) || 0;
    this.at = { point, channel: graph.channels.reduce((best, channel) => (distance(channel) < distance(best) ? channel : best)) };
  }

  private onKeyDown(event: KeyboardEvent): void {
    const { model } = this;
    const { point, channel } = this.at ?? this.start();
    const step = event.shiftKey ? BIG_STEP : 1;
    const last = Math.min(model.channels.length, MAX_CHANNELS) - 1;
    const moves: Record<string, { point: number; channel: number }> = {
      ArrowLeft: { point: point - step, channel },
      ArrowRight: { point: point + step, channel },
      ArrowUp: { point, channel: channel - 1 },
      ArrowDown: { point, channel: channel + 1 },
      Home: { point: 0, channel },
      End: { point: model.length - 1, channel },
    };
    if (event.key === 'Escape' && this.at) {
      event.stopPropagation();
      this.hide();
    } else if (Object.hasOwn(moves, event.key)) {
      event.preventDefault();
      const to = moves[event.key];
      this.moveTo({ point: Math.max(0, Math.min(model.length - 1, to.point)), channel: Math.max(0, Math.min(last, to.channel)) });
    }
  }

  private moveTo(at: { point: number; channel: number }): void {
    this.at = at;
    const { channel, place, value, attribution } = this.texts(at);
    this.spoken = `${channel}, ${place}: ${value}, ${attribution}`;
  }

  private hide(): void {
    this.at = undefined;
  }

  private start(): { point: number; channel: number } {
    return { point: Math.floor(this.model.length / 2), channel: 0 };
  }

  private measure(): void {
    const width = this.renderRoot.querySelector('.plot canvas')?.getBoundingClientRect().width ?? 0;
    if (width > 0 && Math.abs(width - this.width) >= 0.5) this.width = width;
  }
}

/** An end of the axis; what is nothing beside its length is 0. */
const bound = (value: number, { low, high }: { low: number; high: number }): string => formatNumber(Math.abs(value) < 1e-6 * (high - low) ? 0 : value, 3);

/** A piece of a channel's line, for the legend. */
function keyOf(channel: number, theme: Theme): string {
  const { color, dash } = lineStyle(channel, theme);
  const gaps = dash.length === 0 ? cssColor(color) : `repeating-linear-gradient(90deg, ${stops(dash, cssColor(color))})`;
  return `height:2px;background:${gaps}`;
}

function stops(dash: readonly number[], color: string): string {
  let from = 0;
  return dash.map((length, index) => `${index % 2 === 0 ? color : 'transparent'} ${from}px ${(from += length)}px`).join(', ');
}

define('lens-timeseries-view', TimeseriesViewElement);
