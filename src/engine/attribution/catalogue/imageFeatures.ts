import { withHints } from '../../presentation/hints';
import type { ImageLayout } from '../../presentation/imageView';
import { tensor, type Tensor } from '../../tensor';
import type { Extent } from './method';

/** Images with at most so many pixels are perturbed pixel by pixel. */
const FEW_PIXELS = 64;
/** Cells along the shorter side of larger ones. */
const CELLS = 8;

interface Cells {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly layout: ImageLayout;
}

/** Square cells that an image is cut into to be perturbed; undefined for other inputs, and for small images. */
export function cellsOf({ inputs, layouts }: Pick<Extent, 'inputs' | 'layouts'>): Cells | undefined {
  const [layout] = layouts;
  if (inputs.length !== 1 || !layout || layout.height * layout.width <= FEW_PIXELS) return undefined;
  const side = Math.min(layout.height, layout.width) / CELLS;
  const [rows, columns] = [Math.round(layout.height / side), Math.round(layout.width / side)];
  return { count: rows * columns, rows, columns, layout };
}

/** A feature mask of an image's cells, which reads `8 × 8 grid`; undefined where elements are features. */
export function defaultMask(extent: Pick<Extent, 'inputs' | 'layouts'>): Tensor | undefined {
  const cells = cellsOf(extent);
  if (!cells) return undefined;
  const { rows, columns, layout } = cells;
  const { channels, height, width, strides } = layout;
  const ids = new Int32Array(channels * height * width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const cell = Math.floor((row * rows) / height) * columns + Math.floor((column * columns) / width);
      for (let channel = 0; channel < channels; channel++) ids[channel * strides.channel + row * strides.row + column * strides.column] = cell;
    }
  }
  return withHints(tensor('int32', ids, [1, ...extent.inputs[0].shape.slice(1)]), { name: `${rows} × ${columns} grid` });
}
