import { test } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/engine/models/tfjs/tfjs';
import { randomFrom } from '../operators/random';
import { checkTrace, loaded, type InputSpec } from './support';

interface ModelCase {
  readonly name: string;
  readonly build: (layers: Tf['layers'], tf: Tf) => tfjs.LayersModel;
  /** Without the batch axis. */
  readonly inputs: readonly InputSpec[];
  readonly tolerance?: number;
  readonly noGradient?: boolean;
}

const sequential = (tf: Tf, ...layers: tfjs.layers.Layer[]): tfjs.LayersModel => tf.sequential({ layers });

const cases: ModelCase[] = [
  {
    name: 'dense layers with every activation',
    inputs: [{ shape: [6] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.dense({ units: 8, activation: 'relu', inputShape: [6] }),
        ...(['elu', 'selu', 'sigmoid', 'tanh', 'softplus', 'softsign', 'swish', 'mish', 'hardSigmoid', 'relu6', 'linear', 'gelu', 'gelu_new'] as const).map((activation) => layers.dense({ units: 8, activation: activation as 'relu' })),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ),
  },
  {
    name: 'convolutions, batch normalization, pooling, dense',
    inputs: [{ shape: [12, 10, 3] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [12, 10, 3] }),
        layers.batchNormalization({}),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false }),
        layers.batchNormalization({ scale: false }),
        layers.leakyReLU({ alpha: 0.1 }),
        layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
        layers.flatten(),
        layers.dense({ units: 5, activation: 'softmax' }),
      ),
  },
  {
    name: 'depthwise, separable and dilated convolutions',
    inputs: [{ shape: [14, 14, 4] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', inputShape: [14, 14, 4] }),
        layers.batchNormalization({}),
        layers.reLU({ maxValue: 6 }),
        layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'valid' }),
        layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'tanh' }),
        layers.prelu({ alphaInitializer: 'randomUniform', sharedAxes: [1, 2] }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 3 }),
      ),
  },
  {
    name: 'an upsampling decoder with transposed convolutions',
    inputs: [{ shape: [6] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.dense({ units: 48, inputShape: [6] }),
        layers.reshape({ targetShape: [4, 4, 3] }),
        layers.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', activation: 'elu' }),
        layers.upSampling2d({ size: [2, 2] }),
        layers.conv2dTranspose({ filters: 2, kernelSize: 4, strides: 3, padding: 'valid' }),
        layers.zeroPadding2d({ padding: [[1, 2], [0, 1]] }),
        layers.cropping2D({ cropping: [[2, 1], [1, 3]] }),
      ),
  },
  {
    name: 'a residual network of the functional API',
    inputs: [{ shape: [8, 8, 3] }],
    build: (layers, tf) => {
      const input = tf.input({ shape: [8, 8, 3] });
      const stem = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'stem' }).apply(input) as tfjs.SymbolicTensor;
      const inner = layers.batchNormalization({ name: 'norm' }).apply(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }).apply(stem)) as tfjs.SymbolicTensor;
      const joined = layers.add({ name: 'joined' }).apply([stem, inner]) as tfjs.SymbolicTensor;
      const gate = layers.dense({ units: 4, activation: 'sigmoid' }).apply(layers.globalAveragePooling2d({}).apply(joined)) as tfjs.SymbolicTensor;
      const gated = layers.multiply().apply([joined, layers.reshape({ targetShape: [1, 1, 4] }).apply(gate) as tfjs.SymbolicTensor]) as tfjs.SymbolicTensor;
      const both = layers.concatenate().apply([gated, stem]) as tfjs.SymbolicTensor;
      const output = layers.dense({ units: 3, activation: 'softmax' }).apply(layers.flatten().apply(layers.maxPooling2d({ poolSize: 2 }).apply(both))) as tfjs.SymbolicTensor;
      return tf.model({ inputs: input, outputs: output });
    },
  },
  {
    name: 'an LSTM',
    inputs: [{ shape: [5, 4] }],
    build: (layers, tf) => sequential(tf, layers.lstm({ units: 6, returnSequences: true, inputShape: [5, 4] }), layers.lstm({ units: 3 }), layers.dense({ units: 2 })),
  },
  {
    name: 'a bidirectional GRU and a simple RNN',
    inputs: [{ shape: [4, 3] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.bidirectional({ layer: layers.gru({ units: 4, returnSequences: true }) as tfjs.RNN, mergeMode: 'concat', inputShape: [4, 3] }),
        layers.simpleRNN({ units: 3, goBackwards: true }),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: 'an embedding of token ids, averaged',
    inputs: [{ shape: [7], dtype: 'int32', low: 0, high: 20 }],
    noGradient: true,
    build: (layers, tf) => sequential(tf, layers.embedding({ inputDim: 20, outputDim: 6, inputLength: 7 }), layers.globalAveragePooling1d({}), layers.dense({ units: 4, activation: 'relu' }), layers.dense({ units: 2, activation: 'softmax' })),
  },
  {
    name: 'one-dimensional convolutions and pooling',
    inputs: [{ shape: [16, 3] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.conv1d({ filters: 5, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [16, 3] }),
        layers.batchNormalization({}),
        layers.maxPooling1d({ poolSize: 2 }),
        layers.conv1d({ filters: 4, kernelSize: 3, padding: 'valid', dilationRate: 2 }),
        layers.globalMaxPooling1d({}),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: 'three-dimensional convolutions and pooling',
    inputs: [{ shape: [6, 6, 6, 2] }],
    build: (layers, tf) =>
      sequential(
        tf,
        layers.conv3d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [6, 6, 6, 2] }),
        layers.maxPooling3d({ poolSize: 2 }),
        layers.conv3d({ filters: 2, kernelSize: 2, strides: 1 }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ),
  },
  {
    name: 'layer normalization, dot products and permutations',
    inputs: [{ shape: [4, 6] }, { shape: [4, 6] }],
    build: (layers, tf) => {
      const [left, right] = [tf.input({ shape: [4, 6] }), tf.input({ shape: [4, 6] })];
      const normal = layers.layerNormalization({}).apply(left) as tfjs.SymbolicTensor;
      const scores = layers.dot({ axes: [2, 2] }).apply([normal, right]) as tfjs.SymbolicTensor;
      const weights = layers.softmax({ axis: -1 }).apply(scores) as tfjs.SymbolicTensor;
      const mixed = layers.dot({ axes: [2, 1] }).apply([weights, layers.timeDistributed({ layer: layers.dense({ units: 5 }) }).apply(right) as tfjs.SymbolicTensor]) as tfjs.SymbolicTensor;
      const turned = layers.permute({ dims: [2, 1] }).apply(mixed) as tfjs.SymbolicTensor;
      const pooled = layers.average().apply([layers.flatten().apply(turned) as tfjs.SymbolicTensor, layers.flatten().apply(mixed) as tfjs.SymbolicTensor]) as tfjs.SymbolicTensor;
      return tf.model({ inputs: [left, right], outputs: layers.dense({ units: 3 }).apply(pooled) as tfjs.SymbolicTensor });
    },
  },
  {
    name: 'a model inside a model, with two outputs',
    inputs: [{ shape: [5] }],
    build: (layers, tf) => {
      const inner = tf.sequential({ name: 'encoder', layers: [layers.dense({ units: 4, activation: 'tanh', inputShape: [5], name: 'code' }), layers.dense({ units: 3, name: 'latent' })] });
      const input = tf.input({ shape: [5] });
      const code = inner.apply(input) as tfjs.SymbolicTensor;
      return tf.model({ inputs: input, outputs: [layers.dense({ units: 2, name: 'first' }).apply(code) as tfjs.SymbolicTensor, layers.maximum().apply([code, layers.repeatVector({ n: 1 }).apply(code)].slice(0, 1).concat(layers.activation({ activation: 'relu' }).apply(code) as tfjs.SymbolicTensor) as tfjs.SymbolicTensor[]) as tfjs.SymbolicTensor] });
    },
  },
];

for (const { name, build, inputs, tolerance, noGradient } of cases) {
  for (const batch of [1, 4]) {
    test(`${name}, batch ${batch}`, async () => {
      const tf = await loaded;
      const model = build(tf.layers, tf);
      randomize(tf, model, name);
      await checkTrace(name, model, { inputs: inputs.map((input) => ({ ...input, shape: [batch, ...input.shape] })), tolerance, noGradient });
      model.dispose();
    });
  }
}

/** Weights that are the same in every run; variances are positive. */
function randomize(tf: Tf, model: tfjs.LayersModel, name: string): void {
  const random = randomFrom(`${name} weights`);
  model.setWeights(
    model.weights.map(({ name: weight, shape }) => {
      const positive = weight.includes('variance');
      return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape as number[]) }, () => (positive ? 0.5 + random() : random() - 0.5)), shape as number[]);
    }),
  );
}
