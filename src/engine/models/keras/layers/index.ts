import type { ValueInfo } from '../../../graph/graph';
import type { Layer, LayerTable, Value } from '../layerCall';
import type { Settings } from '../settings';
import type { LayerDefinition } from '../topology';
import { activationLayers } from './activation';
import { attentionLayers } from './attention';
import { convolutionLayers } from './convolution';
import { coreLayers } from './core';
import { mergingLayers, operations } from './merging';
import { normalizationLayers } from './normalization';
import { poolingLayers } from './pooling';
import { preprocessingLayers } from './preprocessing';
import { recurrentLayers } from './recurrent';
import { reshapingLayers } from './reshaping';

/** Every layer that is read, by class name. */
const LAYERS: LayerTable = {
  ...coreLayers,
  ...activationLayers,
  ...attentionLayers,
  ...convolutionLayers,
  ...mergingLayers,
  ...normalizationLayers,
  ...poolingLayers,
  ...preprocessingLayers,
  ...recurrentLayers,
  ...reshapingLayers,
};

/** Layers that hand the mask of their input on; all others that do not say what becomes of it end it. */
const KEEPING: ReadonlySet<string> = new Set([
  'Dense', 'Activation', 'ReLU', 'ELU', 'LeakyReLU', 'PReLU', 'ThresholdedReLU',
  'Identity', 'Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'ActivityRegularization',
  'BatchNormalization', 'LayerNormalization', 'GroupNormalization', 'UnitNormalization', 'Rescaling', 'Normalization',
]);

/** How the layer becomes nodes. Throws `unsupported-operator` that names it. */
export function layerOf({ kind, isOperation }: LayerDefinition, settings: Settings): Layer {
  const table = isOperation ? operations : LAYERS;
  if (Object.hasOwn(table, kind)) return table[kind];
  if (kind === 'Lambda' || kind === 'TFOpLambda') throw settings.unsupported('it holds Python code, which is never run', 'Express it with layers of Keras, or export the model to ONNX (model.export(path, format="onnx")).');
  throw settings.unsupported(`${isOperation ? 'the operation' : 'layers of class'} ${kind} ${isOperation ? 'is' : 'are'} not supported`, 'Export the model to ONNX (model.export(path, format="onnx")), or attribute to a layer of its own.');
}

/** The value of a layer that says nothing of masks, with the mask that Keras gives it. */
export const masksOf = (kind: string, value: ValueInfo, inputs: readonly Value[]): Value => ({ value, mask: KEEPING.has(kind) ? inputs[0]?.mask : undefined });
