import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { css, html, LitElement, nothing, svg } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { PathInfo } from '../../src/protocol/output';
import { formatNumber } from '../../src/visualization/formatNumber';
import { formatSigned } from '../format';
import { define } from './define';
import { baseStyles } from './styles';

const HEIGHT = 118;
const MARGIN = { top: 6, right: 4, bottom: 18, left: 52 };

/** F along the straight path from the baseline to the input, against the attributions summed so far; they meet when the sum converged. */
export class PathPlot extends LitElement {
  static override styles = [
    baseStyles,
    css`
      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }
      text {
        fill: var(--lens-muted);
        font-size: 10.5px;
        font-variant-numeric: tabular-nums;
      }
      .axis {
        stroke: var(--lens-line);
        fill: none;
      }
      .value {
        stroke: var(--lens-first);
      }
      .sum {
        stroke: var(--lens-second);
        stroke-dasharray: 4 3;
      }
      .value,
      .sum {
        fill: none;
        stroke-width: 1.7;
      }
      .gap {
        fill: var(--lens-bad);
        opacity: 0.14;
      }
      .cursor {
        stroke: var(--lens-muted);
        stroke-dasharray: 2 2;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0 14px;
        font-size: 0.88em;
        min-height: 1.5em;
      }
      .legend span {
        white-space: nowrap;
      }
      .key {
        display: inline-block;
        width: 18px;
        vertical-align: 0.25em;
        margin-right: 5px;
        border-top: 2px solid var(--lens-first);
      }
      .key.dashed {
        border-top: 2px dashed var(--lens-second);
      }
    `,
  ];

  @property({ attribute: false }) accessor path!: PathInfo;
  @state() private accessor width = 400;
  @state() private accessor index: number | undefined;
  private readonly resize = new ResizeObserver(([entry]) => {
    const width = Math.round(entry.contentRect.width);
    if (width > 0) this.width = width;
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize.disconnect();
  }

  override render(): unknown {
    const points = this.points();
    if (points.length < 2) return nothing;
    const values = points.flatMap(({ value, sum }) => [value, sum]);
    const x = scaleLinear([0, 1], [MARGIN.left, Math.max(MARGIN.left + 1, this.width - MARGIN.right)]);
    const y = scaleLinear([Math.min(...values), Math.max(...values)], [HEIGHT - MARGIN.bottom, MARGIN.top]);
    const [low, high] = y.domain();
    const drawn = <T>(make: (items: Iterable<T>) => string | null, items: Iterable<T>): string => make(items) ?? '';
    const values_ = line<Point>((point) => x(point.alpha), (point) => y(point.value));
    const sums = line<Point>((point) => x(point.alpha), (point) => y(point.sum));
    const between = area<Point>((point) => x(point.alpha), (point) => y(point.value), (point) => y(point.sum));
    const at = this.index === undefined ? undefined : points[this.index];
    return html`<div class="legend muted num">
        <span><i class="key"></i>F along the path${at ? ` ${formatNumber(at.value)}` : ''}</span>
        <span><i class="key dashed"></i>${at ? `sum of attributions ${formatNumber(at.sum)} at α ${formatNumber(at.alpha, 2)}` : 'sum of attributions so far'}</span>
      </div>
      <svg
        height=${HEIGHT}
        role="img"
        aria-label=${this.summary(points)}
        @pointermove=${(event: PointerEvent) => this.onPointer(event, points, (position) => x.invert(position))}
        @pointerleave=${() => (this.index = undefined)}
      >
        ${svg`<path class="axis" d=${`M${MARGIN.left} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}H${this.width - MARGIN.right}`} />
        <path class="gap" d=${drawn(between, points)} />
        <path class="value" d=${drawn(values_, points)} />
        <path class="sum" d=${drawn(sums, points)} />
        ${at ? svg`<path class="cursor" d=${`M${x(at.alpha)} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}`} />` : nothing}
        ${low === high ? tick(low, y(low) + 3) : [tick(high, MARGIN.top + 6), tick(low, HEIGHT - MARGIN.bottom)]}
        <text x=${MARGIN.left} y=${HEIGHT - 4}>baseline</text>
        <text x=${this.width - MARGIN.right} y=${HEIGHT - 4} text-anchor="end">input</text>`}
      </svg>`;
  }

  /** The points of which all three numbers are finite. */
  private points(): Point[] {
    const { alphas, values, cumulative } = this.path;
    return alphas
      .map((alpha, i) => ({ alpha, value: values[i], sum: cumulative[i] }))
      .filter(({ alpha, value, sum }) => Number.isFinite(alpha) && Number.isFinite(value) && Number.isFinite(sum));
  }

  private summary(points: Point[]): string {
    const [first, last] = [points[0], points[points.length - 1]];
    const widest = points.reduce((a, b) => (Math.abs(b.sum - b.value) > Math.abs(a.sum - a.value) ? b : a));
    return `The model's output goes from ${formatNumber(first.value)} at the baseline to ${formatNumber(last.value)} at the input; the attributions sum to ${formatNumber(last.sum)}. Largest gap ${formatSigned(widest.sum - widest.value)} at ${Math.round(100 * widest.alpha)} percent of the path.`;
  }

  private onPointer(event: PointerEvent, points: Point[], alphaAt: (position: number) => number): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const alpha = alphaAt(event.clientX - box.left);
    this.index = points.reduce((best, point, i) => (Math.abs(point.alpha - alpha) < Math.abs(points[best].alpha - alpha) ? i : best), 0);
  }
}

/** A number beside the vertical axis. */
const tick = (value: number, y: number): unknown => svg`<text x=${MARGIN.left - 6} y=${y} text-anchor="end">${formatNumber(value, 2)}</text>`;

interface Point {
  alpha: number;
  value: number;
  sum: number;
}

define('lens-path-plot', PathPlot);
