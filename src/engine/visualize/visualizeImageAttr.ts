import { LensError } from '../../protocol/errors';
import type { ImagePanel, ImageView } from '../../protocol/output';
import { IMAGE_MODES, needsImage, needsOneSign, type ImageMode } from '../../visualization/composeImage';
import type { AttributionSign } from '../../visualization/sign';
import { explanationOf } from '../attribution/results';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { Figure } from '../presentation/figure';
import { hintsOf, type InputHints } from '../presentation/hints';
import { imageLayoutOf, imageView, type ImageLayout } from '../presentation/imageView';
import { formatShape, toNumbers } from '../tensor';
import { oneOf, originOf, readFigureOptions, readSign, requireOptions, type FigureOptions } from './figureOptions';

export interface ImageFigureOptions extends FigureOptions {
  /** `heat_map`, `blended_heat_map`, `original_image`, `masked_image` or `alpha_scaling`. Default: `heat_map`. */
  method?: ImageMode;
  /** `all`, `positive`, `negative` or `absolute_value`. Default: `absolute_value`. */
  sign?: AttributionSign;
}

/**
 * Draws the attributions of an image, summed over its channels, as Captum's `visualize_image_attr`; mode, sign, outliers
 * and colours can be changed in the notebook.
 *
 * @param attr Attributions [height, width, channels], or those of a batch of one image as `attribute` returns them.
 * @param originalImage The image, in the same forms; needed by every method but `heat_map`.
 * @throws LensError `invalid-argument` or `shape-mismatch` that names what does not fit.
 */
export async function visualizeImageAttr(attr: TensorLike, originalImage: TensorLike | null = null, given: ImageFigureOptions = {}): Promise<Figure> {
  requireOptions(given, "{ method: 'masked_image', sign: 'positive' }");
  const { method = 'heat_map', sign = 'absolute_value', ...options } = given;
  const panel = readPanel(method, sign, undefined);
  return draw('visualizeImageAttr', attr, originalImage, [panel], options, (view) => ({ views: [view], initialView: { ...readFigureOptions(options), mode: panel.mode, sign: panel.sign } }));
}

export interface ImageFigureMultipleOptions extends Omit<FigureOptions, 'title'> {
  /** What stands above each picture. */
  titles?: readonly string[];
}

/**
 * Draws the attributions of an image in several ways side by side, as Captum's `visualize_image_attr_multiple`: one picture
 * for each entry of `methods` and `signs`.
 *
 * ```ts
 * await visualizeImageAttrMultiple(attributions, image, ['original_image', 'heat_map', 'masked_image'], ['all', 'all', 'positive'])
 * ```
 *
 * @throws LensError `invalid-argument` or `shape-mismatch` that names what does not fit.
 */
export async function visualizeImageAttrMultiple(
  attr: TensorLike,
  originalImage: TensorLike | null,
  methods: readonly ImageMode[],
  signs: readonly AttributionSign[],
  { titles, ...options }: ImageFigureMultipleOptions = {},
): Promise<Figure> {
  if (!Array.isArray(methods) || !Array.isArray(signs)) throw new LensError('invalid-argument', "methods and signs must be lists, as in visualizeImageAttrMultiple(attributions, image, ['original_image', 'heat_map'], ['all', 'positive'])");
  if (methods.length === 0) throw new LensError('invalid-argument', 'methods must have at least one entry, got none');
  if (methods.length !== signs.length) throw new LensError('invalid-argument', `Methods and signs array lengths must match: got ${methods.length} methods and ${signs.length} signs`);
  if (titles && titles.length !== methods.length) throw new LensError('invalid-argument', `If titles list is given, length must match that of methods list: got ${titles.length} titles for ${methods.length} methods`);
  const panels = methods.map((method, index) => readPanel(method, signs[index], titles?.[index]));
  return draw('visualizeImageAttrMultiple', attr, originalImage, panels, options, (view) => ({ views: [{ ...view, panels }], initialView: readFigureOptions(options) }));
}

function readPanel(method: string, givenSign: string, title: string | undefined): ImagePanel {
  const [mode, sign] = [oneOf(method, IMAGE_MODES, 'method'), readSign(givenSign)];
  if (needsOneSign(mode) && sign === 'all') throw new LensError('invalid-argument', `Cannot display ${mode.replace('_', ' ')} with both positive and negative attributions, choose a different sign option.`);
  return { mode, sign, ...(title === undefined ? {} : { title }) };
}

async function draw(
  name: string,
  attr: TensorLike,
  originalImage: TensorLike | null,
  panels: readonly ImagePanel[],
  { title }: FigureOptions,
  content: (view: ImageView) => Pick<ConstructorParameters<typeof Figure>[0], 'views' | 'initialView'>,
): Promise<Figure> {
  const wanting = panels.find(({ mode }) => needsImage(mode));
  if (wanting && originalImage === null) throw new LensError('invalid-argument', `Original Image must be provided for any visualization other than heatmap: ${wanting.mode} needs it`);
  const [input] = explanationOf(attr)?.inputs ?? [];
  const attributions = await readPixels(attr, 'attr', input ? hintsOf(input).layout : undefined);
  const image = originalImage === null ? undefined : await readPixels(originalImage, 'originalImage', hintsOf(originalImage).layout);
  if (image && (image.layout.height !== attributions.layout.height || image.layout.width !== attributions.layout.width)) {
    throw new LensError('shape-mismatch', `originalImage must have the height and width of the attributions, ${attributions.layout.height} x ${attributions.layout.width}, got ${image.layout.height} x ${image.layout.width}`);
  }
  const label = (originalImage && hintsOf(originalImage).name) ?? 'image';
  const picture = image && originalImage && imageView(label, image.values, image.values, image.layout, hintsOf(originalImage)).image;
  const view: ImageView = { ...imageView(label, attributions.values, undefined, attributions.layout, {}), ...(picture ? { image: picture } : {}) };
  const { title: method, ...origin } = originOf(attr);
  const drawn = panels.map(({ mode, sign }) => `${mode} (${sign})`).join(', ');
  return new Figure({ name, title: title ?? method ?? 'Attributions', summary: `${title ?? method ?? 'Attributions'} of an image of ${view.width} x ${view.height}: ${drawn}.`, ...origin, ...content(view) });
}

/** Pixels with their layout: [height, width], [height, width, channels], or a batch of one image. */
async function readPixels(given: TensorLike, subject: string, hinted: InputHints['layout']): Promise<{ values: Float32Array; layout: ImageLayout }> {
  const { tensor } = await toTensor(given, subject);
  const values = Float32Array.from(toNumbers(tensor));
  const { shape } = tensor;
  const batch = shape.length === 4 && shape[0] === 1 ? imageLayoutOf(shape, hinted, true) : undefined;
  if (batch) return { values, layout: batch };
  if (shape.length !== 2 && shape.length !== 3) throw new LensError('shape-mismatch', `${subject} must have the shape [height, width, channels], or that of a batch of one image, got ${formatShape(shape)}`);
  const [height, width, channels = 1] = shape;
  return { values, layout: { height, width, channels, strides: { channel: 1, row: width * channels, column: channels } } };
}
