import type { Picture } from './decodeImage';

/** Scales a picture so that it covers width x height, antialiased, and cuts out its centre. */
export async function resizeCover(picture: Picture, width: number, height: number): Promise<Picture> {
  const scale = Math.max(width / picture.width, height / picture.height);
  const toWidth = Math.max(width, Math.round(picture.width * scale));
  const toHeight = Math.max(height, Math.round(picture.height * scale));
  return crop(await resized(picture, toWidth, toHeight), width, height);
}

async function resized(picture: Picture, toWidth: number, toHeight: number): Promise<Picture> {
  if (picture.width === toWidth && picture.height === toHeight) return picture;
  const { default: pica } = await import('pica');
  const rgba = await pica({ features: ['js', 'wasm'] }).resizeBuffer({
    src: picture.rgba,
    width: picture.width,
    height: picture.height,
    toWidth,
    toHeight,
    filter: 'hamming',
  });
  return { width: toWidth, height: toHeight, rgba };
}

function crop({ rgba, width, height }: Picture, toWidth: number, toHeight: number): Picture {
  const left = Math.floor((width - toWidth) / 2);
  const top = Math.floor((height - toHeight) / 2);
  const result = new Uint8Array(toWidth * toHeight * 4);
  for (let row = 0; row < toHeight; row++) {
    const start = ((top + row) * width + left) * 4;
    result.set(rgba.subarray(start, start + toWidth * 4), row * toWidth * 4);
  }
  return { width: toWidth, height: toHeight, rgba: result };
}
