import { PNG } from 'pngjs';
import { encodePng } from './encodePng';
import { Raster } from './raster';

const GAP = 24;

/** Two PNG files side by side as one. For Node only. */
export function besidePicture(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pictures = [left, right].map((png) => PNG.sync.read(Buffer.from(png)));
  const raster = new Raster(pictures[0].width + GAP + pictures[1].width, Math.max(pictures[0].height, pictures[1].height));
  for (const [index, { data, width, height }] of pictures.entries()) raster.draw(Uint8ClampedArray.from(data), width, height, index * (pictures[0].width + GAP), 0, 1);
  return encodePng(raster.rgba, raster.width, raster.height);
}
