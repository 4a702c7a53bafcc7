import { superpixels } from '../../images/superpixels';
import { withHints } from '../../presentation/hints';
import { isFloat32, type Tensor } from '../../tensor';
import type { Extent } from './method';

/** Images with at most so many pixels are perturbed pixel by pixel. */
const FEW_PIXELS = 64;
/** About how many superpixels larger ones are divided into: few enough for a linear model of some hundred samples. */
const SEGMENTS = 64;

type Images = Pick<Extent, 'inputs' | 'layouts'>;

/** About how many features the default mask of an image has; undefined where elements are features. */
export const segmentsOf = ({ inputs: [input, ...others], layouts: [layout] }: Images): number | undefined =>
  others.length === 0 && layout && isFloat32(input) && [1, 3, 4].includes(layout.channels) && layout.height * layout.width > FEW_PIXELS ? SEGMENTS : undefined;

/** A feature mask of an image's superpixels, which reads `64 superpixels`; undefined where elements are features. */
export async function defaultMask(images: Images): Promise<Tensor | undefined> {
  const nSegments = segmentsOf(images);
  const { inputs: [input], layouts: [layout] } = images;
  if (nSegments === undefined || !layout) return undefined;
  const mask = await superpixels(input, { nSegments, layout: layout.channels > 1 && layout.strides.channel === 1 ? 'NHWC' : 'NCHW' });
  const count = 1 + mask.data.reduce((most, id) => Math.max(most, Number(id)), 0);
  return withHints(mask, { name: `${count} superpixels` });
}
