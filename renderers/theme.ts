import type { OverlayTable } from '../src/visualization/colorSchemes';
import type { AttributionSign } from '../src/visualization/sign';
import { tintOf } from '../src/visualization/strengthColors';

/** A colour as bytes. */
export type Rgb = readonly [number, number, number];

/** What drawn colours have to stand on. */
export interface Theme {
  background: Rgb;
  foreground: Rgb;
  highContrast: boolean;
}

/** The colours of the current theme, read from VS Code's variables and the classes of the body. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const classes = document.body.classList;
  const light = classes.contains('vscode-light') || classes.contains('vscode-high-contrast-light');
  return {
    background: parseColor(style.getPropertyValue('--vscode-editor-background')) ?? (light ? [255, 255, 255] : [30, 30, 30]),
    foreground: parseColor(style.getPropertyValue('--vscode-foreground')) ?? (light ? [59, 59, 59] : [204, 204, 204]),
    highContrast: classes.contains('vscode-high-contrast') || classes.contains('vscode-high-contrast-light'),
  };
}

/** Calls back after the theme changed, once for all the changes of a frame. Returns the function that stops it. */
export function onThemeChange(callback: () => void): () => void {
  let frame = 0;
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(callback);
  });
  const attributeFilter = ['class', 'style', 'data-vscode-theme-kind'];
  observer.observe(document.body, { attributes: true, attributeFilter });
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

/** `over` with an opacity on `under`. */
export const mix = (under: Rgb, over: Rgb, alpha: number): Rgb => [
  Math.round(under[0] + (over[0] - under[0]) * alpha),
  Math.round(under[1] + (over[1] - under[1]) * alpha),
  Math.round(under[2] + (over[2] - under[2]) * alpha),
];

export const cssColor = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** The style of something with text on the colour of its normalised attribution. */
export function chipStyle(strength: number, table: OverlayTable, sign: AttributionSign, { background, foreground }: Theme): string {
  const tint = tintOf(strength, table, sign, background);
  return `background:${cssColor(tint)};color:${cssColor(mostReadable(tint, [foreground, [0, 0, 0], [255, 255, 255]]))}`;
}

/** The one of the candidates that contrasts most with a background (WCAG 2 contrast ratio). */
export const mostReadable = (background: Rgb, candidates: readonly Rgb[]): Rgb =>
  candidates.reduce((best, candidate) => (contrast(candidate, background) > contrast(best, background) ? candidate : best));

/** The contrast ratio of WCAG 2, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Any CSS colour as bytes, its opacity dropped; undefined when it is none. */
function parseColor(css: string): Rgb | undefined {
  if (!css.trim()) return undefined;
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  if (!context) return undefined;
  context.fillStyle = css.trim();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
