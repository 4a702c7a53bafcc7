import type { ValueInfo } from '../../../graph/graph';
import type { Layer, LayerTable, Value } from '../layerCall';
import type { Settings } from '../settings';
import type { LayerDefinition } from '../topology';
import { activationLayers, activationOperations } from './activation';
import { attentionLayers } from './attention';
import { convolutionLayers } from './convolution';
import { convRecurrentLayers } from './convRecurrent';
import { coreLayers } from './core';
import { elementwiseOperations } from './elementwiseOperations';
import { mergingLayers } from './merging';
import { normalizationLayers } from './normalization';
import { poolingLayers, poolingOperations } from './pooling';
import { imageOperations, preprocessingLayers } from './preprocessing';
import { recurrentLayers } from './recurrent';
import { reductionOperations } from './reductionOperations';
import { reshapingLayers } from './reshaping';
import { shapeOperations } from './shapeOperations';
import { tensorflowOperations } from './tensorflowOperations';

/** Every layer that is read, by class name. */
const LAYERS: LayerTable = {
  ...convRecurrentLayers,
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

/** Every operation on tensors that is read, by class name. */
const KERAS_OPERATIONS: LayerTable = { ...elementwiseOperations, ...activationOperations, ...reductionOperations, ...shapeOperations, ...poolingOperations, ...imageOperations, Concatenate: mergingLayers.Concatenate };
const OPERATIONS: LayerTable = { ...KERAS_OPERATIONS, ...tensorflowOperations(KERAS_OPERATIONS) };

/** Layers whose tables of words lie outside the numbers that a model computes with. */
const LOOKUPS: ReadonlySet<string> = new Set(['StringLookup', 'IntegerLookup', 'TextVectorization', 'Hashing', 'HashedCrossing', 'Discretization']);

/** Layers that hand the mask of their input on; all others that do not say what becomes of it end it. */
const KEEPING: ReadonlySet<string> = new Set([
  'Dense', 'Activation', 'ReLU', 'ELU', 'LeakyReLU', 'PReLU', 'ThresholdedReLU',
  'Identity', 'Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'ActivityRegularization',
  'BatchNormalization', 'LayerNormalization', 'GroupNormalization', 'UnitNormalization', 'Rescaling', 'Normalization',
]);

/** How the layer becomes nodes. Throws `unsupported-operator` that names it. */
export function layerOf({ kind, isOperation }: LayerDefinition, settings: Settings): Layer {
  const table = isOperation ? OPERATIONS : LAYERS;
  if (Object.hasOwn(table, kind)) return table[kind];
  if (kind === 'Lambda') throw settings.unsupported('it holds Python code, which is never run', 'Express it with layers of Keras, or export the model to ONNX (model.export(path, format="onnx")).');
  if (LOOKUPS.has(kind)) throw settings.unsupported('what it looks up has no gradients', 'Leave it out of the model: save keras.Model(layer.output, model.output) of the layer behind it, and give that model the numbers that it makes.');
  throw settings.unsupported(`${isOperation ? 'the operation' : 'layers of class'} ${kind} ${isOperation ? 'is' : 'are'} not supported`, 'Export the model to ONNX (model.export(path, format="onnx")), or attribute to a layer of its own.');
}

/** The value of a layer that says nothing of masks, with the mask that Keras gives it. */
export function masksOf(kind: string, value: ValueInfo, [first]: readonly Value[]): Value {
  if (!first || !KEEPING.has(kind)) return { value };
  return { value, mask: first.mask, ...(value === first.value ? { tensor: first.tensor } : {}) };
}
