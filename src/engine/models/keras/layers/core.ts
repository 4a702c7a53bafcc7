import type { ValueInfo } from '../../../graph/graph';
import { asFloat, ranked, single, type Layer, type LayerTable } from '../layerCall';
import { activated } from './activation';

/** x W + b along the last axis. */
const dense: Layer = (call) => {
  const { emit, math, settings, weights } = call;
  if (settings.raw('lora_rank') !== undefined || settings.raw('quantization_config') !== undefined) throw settings.unsupported('LoRA and quantised weights are not supported', 'Save the model as it was before quantize() or enable_lora().');
  const x = asFloat(call, single(call));
  const [features, units] = [x.shape.at(-1) ?? 0, settings.integer('units', undefined, 1)];
  const kernel = emit.weight(weights.next('kernel', [features, units]), 'kernel');
  const bias = settings.flag('use_bias', true) ? emit.weight(weights.next('bias', [units]), 'bias') : undefined;
  if (x.shape.length === 2) return activated(call, emit.op('Gemm', bias ? [x, kernel, bias] : [x, kernel]));
  const product = math.matMul(x, kernel);
  return activated(call, bias ? math.add(product, bias) : product);
};

/** `equation` of Einstein's convention, as `abc,cde->abde`. */
const einsumDense: Layer = (call) => {
  const { emit, math, settings, weights } = call;
  const x = asFloat(call, single(call));
  const equation = settings.text('equation').replace(/\s/g, '');
  const found = /^([a-z.]+),([a-z]+)->([a-z.]+)$/i.exec(equation);
  if (!found) throw settings.invalid(`equation must have the form ab,bc->ac, got ${equation.slice(0, 100)}`);
  const [, left, middle, right] = found;
  const kernel = emit.weight(weights.next('kernel', [...middle].map(() => -1)), 'kernel');
  if (kernel.shape.length !== middle.length) throw settings.invalid(`equation ${equation} needs a kernel of ${middle.length} axes, it has ${kernel.shape.length}`);
  const product = emit.op('Einsum', [x, kernel], { equation: `${left},${middle}->${right}` });
  const axes = settings.raw('bias_axes') === undefined ? '' : settings.text('bias_axes');
  if (axes === '') return activated(call, product);
  const letters = right.replace('...', '');
  const first = product.shape.length - letters.length;
  const shape = [...letters].map((letter, axis) => (axes.includes(letter) ? product.shape[first + axis] : 1));
  const bias = emit.weight(weights.next('bias', [...letters].flatMap((letter, axis) => (axes.includes(letter) ? [shape[axis]] : []))), 'bias');
  return activated(call, math.add(product, emit.reshape(bias, shape)));
};

/** Rows of a table. With `mask_zero`, the steps of token 0 do not count in what follows. */
const embedding: Layer = (call) => {
  const { emit, settings, weights } = call;
  if (settings.raw('lora_rank') !== undefined || settings.raw('quantization_config') !== undefined) throw settings.unsupported('LoRA and quantised weights are not supported', 'Save the model as it was before quantize() or enable_lora().');
  const ids = emit.cast(single(call), 'int32');
  const table = emit.weight(weights.next('embeddings', [settings.integer('input_dim', undefined, 1), settings.integer('output_dim', undefined, 1)]), 'embeddings');
  const value = emit.op('Gather', [table, ids], { axis: 0 });
  if (!settings.flag('mask_zero', false)) return value;
  return [{ value, mask: emit.op('Not', [emit.op('Equal', [ids, emit.scalarLike(ids, 0)])]) }];
};

/** Steps whose features all are `mask_value` become zeros and do not count in what follows. */
const masking: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = asFloat(call, ranked(call, 3));
  const same = math.mask(math.equal(x, settings.number('mask_value', 0)));
  const mask = math.less(emit.op('ReduceMin', [same], { axes: [2], keepdims: 1 }), 0.5);
  return [{ value: math.mul(x, math.mask(mask)), mask: emit.reshape(mask, x.shape.slice(0, 2)) }];
};

/** The layer within, whose kernel training divided by its spectral norm (Miyato et al. 2018). */
const spectralNormalization: Layer = (call) => call.inner('layer', call.weights.within('layer'), call.inputs);

/** x * gamma, of the ConvNeXt in keras.applications (Touvron et al., "Going deeper with Image Transformers", 2021). */
const layerScale: Layer = (call) => {
  const { emit, math, weights } = call;
  const x = asFloat(call, single(call));
  return math.mul(x, emit.weight(weights.next('gamma', [x.shape.at(-1) ?? 0]), 'gamma'));
};

/** a + scale * b, of the InceptionResNetV2 in keras.applications. */
const scaledSum: Layer = (call) => {
  const { inputs, math, settings } = call;
  if (inputs.length !== 2) throw settings.invalid(`it takes 2 inputs, got ${inputs.length}`);
  const [a, b] = inputs.map(({ value }) => asFloat(call, value));
  return math.add(a, math.mul(b, settings.number('scale')));
};

const identity: Layer = (call): ValueInfo => single(call);

/** Layers that do something in training only. */
const IDENTITIES = [
  'Identity', 'Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise', 'ActivityRegularization', 'StochasticDepth',
  'RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomHue', 'RandomSaturation', 'RandomSharpness', 'RandomShear', 'RandomGrayscale', 'RandomErasing', 'RandomGaussianBlur', 'RandomInvert', 'RandomPosterization', 'RandomColorDegeneration', 'RandomColorJitter', 'RandomPerspective', 'RandomElasticTransform', 'RandAugment', 'AugMix', 'MixUp', 'CutMix', 'Solarization',
];

export const coreLayers: LayerTable = {
  Dense: dense,
  EinsumDense: einsumDense,
  Embedding: embedding,
  Masking: masking,
  SpectralNormalization: spectralNormalization,
  LayerScale: layerScale,
  CustomScaleLayer: scaledSum,
  'Custom>CustomScaleLayer': scaledSum,
  ...Object.fromEntries(IDENTITIES.map((name) => [name, identity])),
};
