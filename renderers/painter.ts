import { colorSchemeOf } from '../src/visualization/colorSchemes';
import { composeImage, grayOf, needsImage, type ImageMode } from '../src/visualization/composeImage';
import { ATTRIBUTION_SIGNS } from '../src/visualization/sign';
import { ViewNormalizer } from '../src/visualization/viewNormalizer';
import type { ImageModel } from './model';
import type { ViewState } from './viewState';

/** What was painted, for the colour bar and the sentences beside the picture. */
export interface Painted {
  pixels: ImageData;
  /** The mode that was painted: `heat_map` when the asked one needs a picture that is not there. */
  mode: ImageMode;
  /** The attribution that saturates the colours; 0 when nothing of the sign is left. */
  scaleFactor: number;
  nonFinite: number;
}

/** Turns one image view into pixels; keeps what is decoded, sorted and allocated, so that repainting takes about a millisecond. */
export class Painter {
  /** True once the input picture turned out to be unreadable. */
  imageFailed = false;
  private readonly normalizer: ViewNormalizer;
  private readonly norm: Float32Array;
  private readonly pixels: ImageData;
  private image?: Uint8ClampedArray;
  private gray?: Uint8Array;

  constructor(readonly model: ImageModel) {
    this.normalizer = new ViewNormalizer(model.attributions);
    this.norm = new Float32Array(model.attributions.length);
    this.pixels = new ImageData(model.width, model.height);
  }

  /** Decodes the input picture, which {@link paint} can do without until then. */
  async loadImage(): Promise<void> {
    const { image, width, height } = this.model;
    if (!image) return;
    try {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(image)], { type: 'image/png' }), {
        premultiplyAlpha: 'none',
        colorSpaceConversion: 'none',
      });
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error('No 2D canvas');
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      this.image = context.getImageData(0, 0, width, height).data;
      this.gray = grayOf(this.image);
    } catch {
      this.imageFailed = true;
    }
  }

  /** Sorts for the signs that are not shown yet, so that the first change of the sign is as quick as the others. */
  prepareSigns(): void {
    for (const sign of ATTRIBUTION_SIGNS) this.normalizer.sumsOf(sign);
  }

  paint({ sign, mode, scheme, outlierPerc }: ViewState): Painted {
    const { scaleFactor, nonFinite } = this.normalizer.normalize(sign, outlierPerc, this.norm);
    const painted = needsImage(mode) && !this.image ? 'heat_map' : mode;
    composeImage(
      { mode: painted, sign, scheme: colorSchemeOf(scheme), norm: this.norm, image: this.image, gray: this.gray },
      this.pixels.data,
    );
    return { pixels: this.pixels, mode: painted, scaleFactor, nonFinite };
  }

  /** Where the attribution of the largest magnitude is; undefined when all are 0 or none is finite. */
  strongest(): { x: number; y: number; value: number } | undefined {
    const { attributions, width } = this.model;
    let best = -1;
    for (let i = 0; i < attributions.length; i++) {
      const magnitude = Math.abs(attributions[i]);
      if (Number.isFinite(magnitude) && magnitude > (best < 0 ? 0 : Math.abs(attributions[best]))) best = i;
    }
    return best < 0 ? undefined : { x: best % width, y: Math.floor(best / width), value: attributions[best] };
  }
}
