import { schemeBlues, schemeGreens, schemeOranges, schemePurples, schemeReds } from 'd3-scale-chromatic';

/** A table of 256 colours, red, green and blue in turn. */
export interface Colormap {
  name: string;
  rgb: Uint8Array;
}

const ENTRIES = 256;

/**
 * The single colormaps by name. `RdWhGn`, `Greens`, `Reds` and `Blues` are the ones of Captum's `visualize_image_attr`
 * (matplotlib's tables, byte for byte); the others are for the colour-blind-safe schemes.
 */
export const COLORMAPS = {
  RdWhGn: colormap('RdWhGn', ['#ff0000', '#ffffff', '#008000']),
  Greens: colormap('Greens', schemeGreens[9]),
  // matplotlib writes the last anchor's 13/255 with a digit too few, which shows when it is truncated.
  Reds: colormap('Reds', schemeReds[9], { blueOfLast: 0.05098039215686274 }),
  Blues: colormap('Blues', schemeBlues[9]),
  BuOr: colormap('BuOr', ['#0b3c7d', '#2166ac', '#6aaed6', '#e9e9e9', '#fdae61', '#e06c0a', '#8c3d04']),
  Oranges: colormap('Oranges', schemeOranges[9]),
  Purples: colormap('Purples', schemePurples[9]),
  BuRd: colormap('BuRd', ['#053061', '#2166ac', '#92c5de', '#f7f7f7', '#f4a582', '#b2182b', '#67001f']),
} satisfies Record<string, Colormap>;

/**
 * The table index of a normalized attribution by matplotlib's rule: `floor((v - min) / (max - min) * 256)`, clamped.
 * A diverging map covers -1..1, a sequential one 0..1.
 */
export function colormapIndex(value: number, diverging: boolean): number {
  const index = Math.floor((diverging ? (value + 1) / 2 : value) * ENTRIES);
  return index < 0 ? 0 : index >= ENTRIES ? ENTRIES - 1 : index;
}

/**
 * Linear interpolation between evenly spaced anchors, truncated to bytes, in the order of operations of matplotlib's
 * `LinearSegmentedColormap`, so that the bytes are equal.
 */
function colormap(name: string, anchors: readonly string[], exact?: { blueOfLast: number }): Colormap {
  const colors = anchors.map((anchor) => parseHex(anchor).map((byte) => byte / 255));
  if (exact) colors[colors.length - 1][2] = exact.blueOfLast;
  const last = ENTRIES - 1;
  const knots = colors.map((_, k) => (k / (colors.length - 1)) * last);
  const rgb = new Uint8Array(ENTRIES * 3);
  for (let i = 0, knot = 1; i < ENTRIES; i++) {
    const position = last * (i * (1 / last));
    while (knot < colors.length - 1 && knots[knot] < position) knot++;
    const distance = (position - knots[knot - 1]) / (knots[knot] - knots[knot - 1]);
    for (let c = 0; c < 3; c++) {
      const [from, to] = [colors[knot - 1][c], colors[knot][c]];
      rgb[3 * i + c] = Math.trunc((i === last ? to : distance * (to - from) + from) * 255);
    }
  }
  return { name, rgb };
}

/** `#rrggbb` as three bytes. */
export function parseHex(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
