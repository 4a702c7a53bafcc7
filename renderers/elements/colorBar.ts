import { css, html, LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import { overlayTable, type ColorScheme } from '../../src/visualization/colorSchemes';
import type { AttributionSign } from '../../src/visualization/sign';
import { formatNumber } from '../../src/visualization/formatNumber';
import { formatSigned } from '../format';
import type { Rgb } from '../theme';
import { define } from './define';
import { baseStyles } from './styles';

/** What blended colours are shown on unless told otherwise: the middle gray of a picture. */
const MIDDLE_GRAY: Rgb = [116, 116, 116];

/** The colours of the picture with the attributions at which they end. */
export class ColorBar extends LitElement {
  static override styles = [
    baseStyles,
    css`
      div {
        display: flex;
        align-items: center;
        gap: 8px;
        font-size: 0.9em;
        color: var(--lens-muted);
      }
      canvas {
        flex: 1;
        min-width: 40px;
        height: 8px;
        border-radius: 2px;
        outline: 1px solid var(--vscode-contrastBorder, transparent);
      }
    `,
  ];

  @property({ attribute: false }) accessor scheme!: ColorScheme;
  @property() accessor sign: AttributionSign = 'all';
  /** The attribution that saturates the colours; negative for sign `negative`. */
  @property({ type: Number }) accessor scaleFactor = 0;
  /** Whether the picture shows through the weak colours. */
  @property({ type: Boolean }) accessor blended = false;

  /** What is below the blended colours. */
  @property({ attribute: false }) accessor under: Rgb = MIDDLE_GRAY;

  override render(): unknown {
    const { scaleFactor, sign } = this;
    const [from, to] =
      sign === 'all'
        ? [formatSigned(-scaleFactor), formatSigned(scaleFactor)]
        : ['0', sign === 'absolute_value' ? formatNumber(scaleFactor) : formatSigned(scaleFactor)];
    return html`<div class="num" role="img" aria-label=${`Colours from ${from} to ${to}`}>
      <span>${from}</span><canvas width="256" height="1"></canvas><span>${to}</span>
    </div>`;
  }

  override updated(): void {
    const context = this.renderRoot.querySelector('canvas')?.getContext('2d');
    if (!context) return;
    const opaque = this.scheme.colormaps[this.sign].rgb;
    const { rgb, alpha } = this.blended ? overlayTable(this.scheme, this.sign) : { rgb: opaque, alpha: new Float32Array(256).fill(1) };
    const pixels = new ImageData(256, 1);
    for (let i = 0; i < 256; i++) {
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = this.under[c] * (1 - alpha[i]) + rgb[3 * i + c] * alpha[i];
      pixels.data[4 * i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  }
}

define('lens-color-bar', ColorBar);
