import { colormapIndex } from './colormaps';
import { overlayTable, type ColorScheme, type OverlayTable } from './colorSchemes';
import type { AttributionSign } from './sign';

/** The colours of things that are tinted by strength on a plain background: those of the overlay, at full strength also where pictures are covered evenly. */
export function strengthTable(scheme: ColorScheme, sign: AttributionSign): OverlayTable {
  if (scheme.overlay.kind === 'strength') return overlayTable(scheme, sign);
  return { rgb: scheme.colormaps[sign].rgb, alpha: new Float32Array(256).fill(1), grayRange: [0, 255] };
}

/** A normalised attribution as a colour on a background; the background itself for 0 and NaN. */
export function tintOf(strength: number, table: OverlayTable, sign: AttributionSign, background: readonly [number, number, number]): [number, number, number] {
  if (!Number.isFinite(strength) || strength === 0) return [...background];
  const index = colormapIndex(strength, sign === 'all');
  const mixed = (c: 0 | 1 | 2): number => Math.round(background[c] + (table.rgb[3 * index + c] - background[c]) * table.alpha[index]);
  return [mixed(0), mixed(1), mixed(2)];
}
