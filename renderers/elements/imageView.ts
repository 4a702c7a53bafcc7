import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { colorSchemeOf } from '../../src/visualization/colorSchemes';
import { formatNumber } from '../../src/visualization/formatNumber';
import { formatSigned, MODE_LABELS, SIGN_LABELS } from '../format';
import type { ImageModel } from '../model';
import { attributionNotes } from '../notes';
import { Painter, type Painted } from '../painter';
import type { ViewState } from '../viewState';
import './colorBar';
import { define } from './define';
import './pixelProbe';
import { baseStyles } from './styles';

/** The side that small maps are enlarged to, by whole factors while a pixel stays visible as one. */
const SHOWN_SIDE = 336;
/** Of wide pictures, such as spectrograms. */
const WIDE = { width: 720, height: 240 };
/** Exported pictures are enlarged by a whole factor to at least this. */
const EXPORTED_SIDE = 448;

/**
 * Attributions over a picture: the canvas with its probe, the colour bar, and a sentence where there is nothing to see.
 * Fires `image-failed` with the model when its input picture cannot be decoded.
 */
export class ImageViewElement extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .picture {
        position: relative;
        width: fit-content;
        max-width: 100%;
      }
      canvas {
        display: block;
        max-width: 100%;
        height: auto;
        border-radius: 3px;
        outline: 1px solid var(--vscode-contrastBorder, transparent);
      }
      canvas.pixelated {
        image-rendering: pixelated;
      }
      lens-color-bar {
        margin-top: 7px;
        min-width: 200px;
        max-width: 100%;
      }
      /* A sentence is as wide as the picture, never wider. */
      p {
        width: 0;
        min-width: 100%;
        margin: 6px 0 0;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: ImageModel;
  @property({ attribute: false }) accessor view!: ViewState;
  /** What the picture shows, for screen readers: `Integrated Gradients of espresso`. */
  @property() accessor description = '';
  @query('canvas') private accessor canvas!: HTMLCanvasElement;
  @state() private accessor loads = 0;
  private painter?: Painter;
  private painted?: Painted;

  /** The picture as a PNG file, enlarged by a whole factor. */
  async toPng(): Promise<Blob> {
    const { width, height } = this.model;
    const factor = Math.max(1, Math.ceil(EXPORTED_SIDE / Math.max(width, height)));
    const canvas = new OffscreenCanvas(width * factor, height * factor);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('No 2D canvas');
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: 'image/png' });
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('model')) {
      const painter = new Painter(this.model);
      this.painter = painter;
      void painter.loadImage().then(() => {
        if (painter.imageFailed) this.dispatchEvent(new CustomEvent('image-failed', { detail: painter.model }));
        if (this.painter === painter) this.loads++;
        whenIdle(() => painter.prepareSigns());
      });
    }
    this.painted = this.painter?.paint(this.view);
  }

  override render(): unknown {
    const { painted, painter, model, view } = this;
    if (!painted || !painter) return nothing;
    const { width, height } = model;
    const factor = shownFactor(model);
    const scale = factor >= 2 ? Math.floor(factor) : Math.max(0.1, factor);
    return html`
      <div class="picture">
        <canvas
          width=${width}
          height=${height}
          class=${scale >= 2 ? 'pixelated' : ''}
          style=${`width:${Math.round(width * scale)}px`}
          role="img"
          aria-label=${this.summary(painter, painted)}
        ></canvas>
        <lens-pixel-probe .model=${model}></lens-pixel-probe>
      </div>
      ${painted.mode === 'original_image' || painted.scaleFactor === 0
        ? nothing
        : html`<lens-color-bar
            style=${`width:${Math.round(width * scale)}px`}
            .scheme=${colorSchemeOf(view.scheme)}
            .sign=${view.sign}
            .scaleFactor=${painted.scaleFactor}
            .blended=${painted.mode === 'blended_heat_map'}
          ></lens-color-bar>`}
      ${this.notes(painter, painted).map((note) => html`<p class="note muted">${note}</p>`)}
    `;
  }

  override updated(): void {
    if (this.painted) this.canvas.getContext('2d')?.putImageData(this.painted.pixels, 0, 0);
  }

  private notes(painter: Painter, painted: Painted): string[] {
    const { sign } = this.view;
    const notes = attributionNotes(painted, { count: this.model.attributions.length, allZero: painter.strongest() === undefined, sign });
    if (painter.imageFailed) notes.push('The input picture cannot be read, so only the heat map is shown.');
    return notes;
  }

  private summary(painter: Painter, { mode, scaleFactor }: Painted): string {
    const strongest = painter.strongest();
    const parts = [`${this.description}, ${MODE_LABELS[mode].toLowerCase()}, sign ${SIGN_LABELS[this.view.sign].toLowerCase()}`];
    parts.push(
      strongest
        ? `colours reach ${formatNumber(Math.abs(scaleFactor))}, strongest ${formatSigned(strongest.value)} at x ${strongest.x}, y ${strongest.y}`
        : 'all attributions are 0',
    );
    return `${parts.join('; ')}.`;
  }
}

/** Whether a picture needs the whole width to be read. */
export const isWide = ({ width, height }: { width: number; height: number }): boolean => width >= 2.5 * height;

function shownFactor({ width, height }: ImageModel): number {
  const factor = SHOWN_SIDE / Math.max(width, height);
  return isWide({ width, height }) ? Math.max(factor, Math.min(WIDE.width / width, WIDE.height / height)) : factor;
}

/** Runs when the page has nothing to do; soon, where it cannot tell. */
const whenIdle = (work: () => void): void => void ('requestIdleCallback' in window ? requestIdleCallback(work) : setTimeout(work, 50));

define('lens-image-view', ImageViewElement);
