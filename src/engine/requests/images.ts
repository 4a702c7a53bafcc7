import type { AttributeImageParams, AttributionChoices } from '../../protocol/engine';
import type { AttributionBundle } from '../../protocol/output';
import { loadImage } from '../images/loadImage';
import { loadModel } from '../models/loadModel';
import type { DescribedModel } from '../models/modelFolder';
import { attributeInputs, choicesOf } from './attribute';
import { display } from './outputs';

/** Classifiers that were used, by folder. */
const models = new Map<string, Promise<DescribedModel>>();

/**
 * Attributes a class of an image classifier to the pixels of an image file. Methods with a baseline begin at the blurred
 * image: the same colours without what is recognised in them, from where fewer steps suffice than from zero.
 */
export async function attributeImage({ path, modelFolder, method, options, target }: AttributeImageParams): Promise<AttributionBundle> {
  const model = await classifier(modelFolder);
  const image = await loadImage(path, { for: model });
  return display(await attributeInputs(model, image, { method, options, baseline: 'blurred', target: target === undefined ? undefined : [target] }));
}

/** The methods, and the strongest classes of an image. */
export async function imageChoices({ path, modelFolder }: Pick<AttributeImageParams, 'path' | 'modelFolder'>): Promise<AttributionChoices> {
  const model = await classifier(modelFolder);
  return choicesOf(model, await loadImage(path, { for: model }));
}

function classifier(folder: string): Promise<DescribedModel> {
  const known = models.get(folder) ?? loadModel(folder);
  models.set(folder, known);
  known.catch(() => models.delete(folder));
  return known;
}
