/** A small RGBA picture to draw bars and other pictures into. */
export class Raster {
  readonly rgba: Uint8ClampedArray;

  constructor(
    readonly width: number,
    readonly height: number,
    background: readonly number[] = [255, 255, 255],
  ) {
    this.rgba = new Uint8ClampedArray(width * height * 4);
    this.fill(0, 0, width, height, background);
  }

  /** Fills a rectangle, clipped to the picture, with an opaque colour. */
  fill(left: number, top: number, width: number, height: number, [red, green, blue]: readonly number[]): void {
    const [right, bottom] = [Math.min(this.width, left + width), Math.min(this.height, top + height)];
    for (let y = Math.max(0, top); y < bottom; y++) {
      for (let x = Math.max(0, left); x < right; x++) this.rgba.set([red, green, blue, 255], 4 * (y * this.width + x));
    }
  }

  /** Draws a straight line of squares, `thickness` pixels wide. */
  line(fromX: number, fromY: number, toX: number, toY: number, thickness: number, color: readonly number[]): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY))));
    for (let step = 0; step <= steps; step++) {
      const [x, y] = [fromX + ((toX - fromX) * step) / steps, fromY + ((toY - fromY) * step) / steps];
      this.fill(Math.round(x - thickness / 2), Math.round(y - thickness / 2), thickness, thickness, color);
    }
  }

  /** Draws another picture over this one, each of its pixels as a square of `scale` pixels (nearest neighbour). */
  draw(source: Uint8ClampedArray, sourceWidth: number, sourceHeight: number, left: number, top: number, scale: number): void {
    for (let y = 0; y < sourceHeight * scale; y++) {
      for (let x = 0; x < sourceWidth * scale; x++) {
        const from = 4 * (Math.floor(y / scale) * sourceWidth + Math.floor(x / scale));
        const to = 4 * ((top + y) * this.width + left + x);
        const alpha = source[from + 3] / 255;
        for (let c = 0; c < 3; c++) this.rgba[to + c] = source[from + c] * alpha + this.rgba[to + c] * (1 - alpha);
      }
    }
  }
}
