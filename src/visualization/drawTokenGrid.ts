import { DEFAULT_COLOR_SCHEME } from './colorSchemes';
import { Raster } from './raster';
import { strengthTable, tintOf } from './strengthColors';
import { ViewNormalizer } from './viewNormalizer';

const GAP = 2;
const FIRST_GAP = 8;
const WIDEST = 640;
const WHITE = [255, 255, 255] as const;

/** A heat map with a column for each input token and a row for each output token, on one scale; the first row, of the whole output, has its own. */
export function drawTokenGrid(rows: readonly (readonly number[])[]): Raster {
  const columns = Math.max(1, rows[0]?.length ?? 0);
  const side = Math.max(6, Math.min(32, Math.floor(WIDEST / columns) - GAP));
  const raster = new Raster(columns * (side + GAP), rows.length * (side + GAP) + FIRST_GAP);
  const table = strengthTable(DEFAULT_COLOR_SCHEME, 'all');
  for (const [from, part] of [[0, rows.slice(0, 1)], [1, rows.slice(1)]] as const) {
    const { values } = new ViewNormalizer(Float32Array.from(part.flat())).normalize('all', 0);
    for (const [index, value] of values.entries()) {
      const [row, column] = [from + Math.floor(index / columns), index % columns];
      raster.fill(column * (side + GAP), row * (side + GAP) + from * FIRST_GAP, side, side, tintOf(value, table, 'all', WHITE));
    }
  }
  return raster;
}
