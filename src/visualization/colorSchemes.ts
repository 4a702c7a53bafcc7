import { COLORMAPS, parseHex, type Colormap } from './colormaps';
import type { AttributionSign } from './sign';

/** Captum's default `alpha_overlay`. */
const ALPHA_OVERLAY = 0.5;

/** The colours of one way to look at attributions: a colormap for each sign, and how a heat map lies over a picture. */
export interface ColorScheme {
  id: string;
  /** As the picker shows it. */
  label: string;
  colormaps: Record<AttributionSign, Colormap>;
  /**
   * `constant`: the heat map covers the picture evenly, as Captum draws it; `alpha` is its `alpha_overlay`, in 0..1.
   * `strength`: the stronger the attribution, the more it covers, so that the picture stays readable where nothing is attributed.
   */
  overlay: { kind: 'constant'; alpha: number } | { kind: 'strength'; negative: string; positive: string; absolute: string };
}

/** The schemes of the picker, the default (safe for red-green colour blindness) first. */
export const COLOR_SCHEMES: readonly ColorScheme[] = [
  {
    id: 'blue-orange',
    label: 'Blue–orange',
    colormaps: {
      all: COLORMAPS.BuOr,
      positive: COLORMAPS.Oranges,
      negative: COLORMAPS.Blues,
      absolute_value: COLORMAPS.Purples,
    },
    overlay: { kind: 'strength', negative: '#2b7bd9', positive: '#f07d0c', absolute: '#9a5fe0' },
  },
  {
    id: 'blue-red',
    label: 'Blue–red',
    colormaps: {
      all: COLORMAPS.BuRd,
      positive: COLORMAPS.Reds,
      negative: COLORMAPS.Blues,
      absolute_value: COLORMAPS.Purples,
    },
    overlay: { kind: 'strength', negative: '#2b7bd9', positive: '#e5263c', absolute: '#9a5fe0' },
  },
  {
    id: 'captum',
    label: 'Captum (red–green)',
    colormaps: {
      all: COLORMAPS.RdWhGn,
      positive: COLORMAPS.Greens,
      negative: COLORMAPS.Reds,
      absolute_value: COLORMAPS.Blues,
    },
    overlay: { kind: 'constant', alpha: ALPHA_OVERLAY },
  },
];

export const DEFAULT_COLOR_SCHEME = COLOR_SCHEMES[0];

/** The scheme of an id, the default when there is none. */
export const colorSchemeOf = (id: string): ColorScheme => COLOR_SCHEMES.find((scheme) => scheme.id === id) ?? DEFAULT_COLOR_SCHEME;

/** What covers a picture: a colour and an opacity for each table index of {@link colormapIndex}. */
export interface OverlayTable {
  rgb: Uint8Array;
  /** 0..1. */
  alpha: Float32Array;
  /** The gray levels that black and white of the picture below become. */
  grayRange: readonly [number, number];
}

const ENTRIES = 256;
const STRONGEST_ALPHA = 0.96;
/** Neither black nor white, so that a tint shows in the darkest shadow and the brightest light. */
const MUTED_GRAY = [34, 196] as const;
/** Below 1, so that weak attributions are seen before strong ones saturate. */
const ALPHA_EXPONENT = 0.65;

/** The overlay of a scheme for one sign. */
export function overlayTable(scheme: ColorScheme, sign: AttributionSign): OverlayTable {
  if (scheme.overlay.kind === 'constant') {
    return { rgb: scheme.colormaps[sign].rgb, alpha: new Float32Array(ENTRIES).fill(scheme.overlay.alpha), grayRange: [0, 255] };
  }
  const { negative, positive, absolute } = scheme.overlay;
  const rgb = new Uint8Array(ENTRIES * 3);
  const alpha = new Float32Array(ENTRIES);
  for (let i = 0; i < ENTRIES; i++) {
    const value = sign === 'all' ? (2 * i) / (ENTRIES - 1) - 1 : i / (ENTRIES - 1);
    const color = sign === 'absolute_value' ? absolute : sign === 'negative' || value < 0 ? negative : positive;
    rgb.set(parseHex(color), 3 * i);
    alpha[i] = STRONGEST_ALPHA * Math.abs(value) ** ALPHA_EXPONENT;
  }
  return { rgb, alpha, grayRange: MUTED_GRAY };
}
