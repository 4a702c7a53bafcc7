import { hintsOf } from '../../presentation/hints';
import { imageLayoutOf } from '../../presentation/imageView';
import { sizeOf } from '../../tensor';
import type { LayerChoice } from '../../../protocol/renderer';
import { distributionSize } from './distribution';
import { segmentsOf } from './imageFeatures';
import { defaultLayer } from './layers';
import { unitsOf } from './layerUnits';
import type { Extent, Subject } from './method';

/** What the costs of algorithms grow with, for a subject of these layers. */
export function extentOf({ model, inputs }: Subject, layers: readonly LayerChoice[] = []): Extent {
  const layouts = inputs.map((input) => imageLayoutOf(input.shape, hintsOf(input).layout, model.format !== 'onnx'));
  const elements = inputs.reduce((sum, { shape }) => sum + sizeOf(shape.slice(1)), 0);
  return { inputs, layouts, features: segmentsOf({ inputs, layouts }) ?? elements, distribution: distributionSize(inputs), units: unitsOf(defaultLayer(layers, 'layer')?.shape ?? [], model) };
}
