import { css, html, LitElement, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { styleMap } from 'lit/directives/style-map.js';
import { formatSigned } from '../format';
import type { ImageModel } from '../model';
import { define } from './define';
import { baseStyles } from './styles';

/** Pixels that the arrow keys move with Shift held, and Page Up and Page Down. */
const BIG_STEP = 10;

/**
 * Lies over a picture and reads the attribution of one pixel: the one under the pointer, or, when focused, the one that
 * the arrow keys, Home, End, Page Up and Page Down lead to. Escape puts it away.
 */
export class PixelProbe extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        position: absolute;
        inset: 0;
      }
      .area {
        position: absolute;
        inset: 0;
        cursor: crosshair;
      }
      .pixel {
        position: absolute;
        min-width: 7px;
        min-height: 7px;
        border: 1px solid #000000;
        outline: 1px solid #ffffff;
        transform: translate(-50%, -50%);
        pointer-events: none;
      }
      .value {
        position: absolute;
        white-space: nowrap;
        pointer-events: none;
        padding: 1px 7px;
        border-radius: 3px;
        color: var(--vscode-editorHoverWidget-foreground, var(--lens-foreground));
        background: var(--vscode-editorHoverWidget-background, #252526);
        border: 1px solid var(--vscode-contrastBorder, var(--vscode-editorHoverWidget-border, #454545));
        font-size: 0.92em;
      }
    `,
  ];

  @property({ attribute: false }) accessor model!: ImageModel;
  @state() private accessor pixel: { x: number; y: number } | undefined;
  /** What a screen reader is told; only the keyboard changes it. */
  @state() private accessor spoken = '';

  override render(): unknown {
    return html`<div
        class="area"
        tabindex="0"
        role="application"
        aria-roledescription="pixel probe"
        aria-label="Read attributions: the arrow keys move by a pixel, with Shift by ${BIG_STEP}"
        @pointermove=${this.onPointer}
        @pointerdown=${this.onPointer}
        @pointerleave=${this.hide}
        @keydown=${this.onKeyDown}
        @focus=${this.onFocus}
        @blur=${this.hide}
      ></div>
      ${this.pixel ? this.marker(this.pixel) : nothing}
      <span class="hidden" aria-live="polite">${this.spoken}</span>`;
  }

  private marker({ x, y }: { x: number; y: number }): unknown {
    const { width, height } = this.model;
    const [left, top] = [(x + 0.5) / width, (y + 0.5) / height];
    const place = styleMap({
      ...(left < 0.5 ? { left: `calc(${100 * left}% + 12px)` } : { right: `calc(${100 * (1 - left)}% + 12px)` }),
      ...(top < 0.8 ? { top: `calc(${100 * top}% + 10px)` } : { bottom: `calc(${100 * (1 - top)}% + 10px)` }),
    });
    const size = styleMap({ left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 / width}%`, height: `${100 / height}%` });
    return html`<div class="pixel" style=${size}></div>
      <div class="value num" style=${place}>${this.text(x, y)}</div>`;
  }

  private text(x: number, y: number): string {
    const value = this.model.attributions[y * this.model.width + x];
    return `x ${x}, y ${y}: ${formatSigned(value)}`;
  }

  private onPointer(event: PointerEvent): void {
    const box = this.getBoundingClientRect();
    const { width, height } = this.model;
    this.pixel = {
      x: clamp(Math.floor(((event.clientX - box.left) / box.width) * width), width),
      y: clamp(Math.floor(((event.clientY - box.top) / box.height) * height), height),
    };
  }

  private onFocus(event: FocusEvent): void {
    if (event.target instanceof Element && event.target.matches(':focus-visible')) this.moveTo(this.middle());
  }

  private hide(): void {
    this.pixel = undefined;
  }

  private onKeyDown(event: KeyboardEvent): void {
    const { x, y } = this.pixel ?? this.middle();
    const step = event.shiftKey ? BIG_STEP : 1;
    const { width, height } = this.model;
    const moves: Record<string, { x: number; y: number }> = {
      ArrowLeft: { x: x - step, y },
      ArrowRight: { x: x + step, y },
      ArrowUp: { x, y: y - step },
      ArrowDown: { x, y: y + step },
      Home: { x: 0, y },
      End: { x: width - 1, y },
      PageUp: { x, y: y - BIG_STEP },
      PageDown: { x, y: y + BIG_STEP },
    };
    if (event.key === 'Escape' && this.pixel) {
      event.stopPropagation();
      this.hide();
    } else if (Object.hasOwn(moves, event.key)) {
      event.preventDefault();
      const to = moves[event.key];
      this.moveTo({ x: clamp(to.x, width), y: clamp(to.y, height) });
    }
  }

  private moveTo(pixel: { x: number; y: number }): void {
    this.pixel = pixel;
    this.spoken = this.text(pixel.x, pixel.y);
  }

  private middle(): { x: number; y: number } {
    return { x: Math.floor(this.model.width / 2), y: Math.floor(this.model.height / 2) };
  }
}

const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));

define('lens-pixel-probe', PixelProbe);
