import { css, html, LitElement } from 'lit';
import { property, queryAll } from 'lit/decorators.js';
import type { ImagePanel } from '../../src/protocol/output';
import { MODE_LABELS, SIGN_LABELS } from '../format';
import type { ImageModel } from '../model';
import type { ViewState } from '../viewState';
import { define } from './define';
import type { ImageViewElement } from './imageView';
import './imageView';
import { baseStyles } from './styles';

/** Of exported pictures. */
const GAP = 16;
const MOST_COLUMNS = 4;

/** Several pictures of the same attributions side by side, each in its mode and sign. */
export class ImagePanels extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .panels {
        display: grid;
        grid-template-columns: repeat(var(--columns), minmax(0, 336px));
        gap: 18px 20px;
        align-items: start;
      }
      figure {
        min-width: 0;
        margin: 0;
      }
      figcaption {
        margin-bottom: 5px;
        width: 0;
        min-width: 100%;
        overflow-wrap: anywhere;
      }
      @container (max-width: 760px) {
        .panels {
          grid-template-columns: repeat(min(2, var(--columns)), minmax(0, 336px));
        }
      }
      @container (max-width: 420px) {
        .panels {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: ImageModel;
  @property({ attribute: false }) accessor view!: ViewState;
  @property() accessor description = '';
  @queryAll('lens-image-view') private accessor pictures!: NodeListOf<ImageViewElement>;

  /** All pictures in a row as a PNG file. */
  async toPng(): Promise<Blob> {
    const bitmaps = await Promise.all(Array.from(this.pictures, async (picture) => createImageBitmap(await picture.toPng())));
    const width = bitmaps.reduce((sum, bitmap) => sum + bitmap.width + GAP, -GAP);
    const canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, ...bitmaps.map(({ height }) => height)));
    const context = canvas.getContext('2d');
    if (!context) throw new Error('No 2D canvas');
    let left = 0;
    for (const bitmap of bitmaps) {
      context.drawImage(bitmap, left, 0);
      left += bitmap.width + GAP;
    }
    return canvas.convertToBlob({ type: 'image/png' });
  }

  override render(): unknown {
    const { model, view } = this;
    const panels = model.panels ?? [];
    return html`<div class="panels" style=${`--columns:${Math.min(panels.length, MOST_COLUMNS)}`}>
      ${panels.map(
        (panel) => html`<figure>
          <figcaption class=${panel.title === undefined ? 'muted' : ''}>${nameOf(panel)}</figcaption>
          <lens-image-view .model=${model} .view=${{ ...view, mode: panel.mode, sign: panel.sign }} .description=${`${this.description}, ${nameOf(panel)}`}></lens-image-view>
        </figure>`,
      )}
    </div>`;
  }
}

/** Its title, or what it shows. */
const nameOf = ({ title, mode, sign }: ImagePanel): string => title ?? (mode === 'original_image' ? MODE_LABELS[mode] : `${MODE_LABELS[mode]}, ${SIGN_LABELS[sign].toLowerCase()}`);

define('lens-image-panels', ImagePanels);
