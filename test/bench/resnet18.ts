import { GraphBuilder } from '../../src/engine/graph/builder';
import type { ValueInfo } from '../../src/engine/graph/graph';
import { toOnnx } from '../../src/engine/graph/onnxWriter';
import { float32, sizeOf } from '../../src/engine/tensor';
import { randomFrom } from '../engine/operators/random';

const CLASSES = 1000;
/** The channels of the four stages, each of two blocks. */
const STAGES = [64, 128, 256, 512];

/**
 * ResNet-18 (He et al. 2015) for an image of [1, 3, 224, 224], as torch exports it: batch normalisation is folded into the
 * convolutions. Its weights are random.
 */
export function resnet18(): Uint8Array {
  const builder = new GraphBuilder('ResNet-18');
  const weights = (name: string, shape: readonly number[]): ValueInfo => {
    const random = randomFrom(name);
    const scale = Math.sqrt(3 / sizeOf(shape.slice(1)));
    return builder.constant(float32(Float32Array.from({ length: sizeOf(shape) }, () => scale * (2 * random() - 1)), shape), name);
  };
  const zeros = (name: string, size: number): ValueInfo => builder.constant(float32(new Float32Array(size), [size]), name);
  const convolution = (name: string, x: ValueInfo, channels: number, size: number, stride = 1): ValueInfo => {
    const pad = (size - 1) / 2;
    const inputs = [x, weights(`${name}.weight`, [channels, x.shape[1], size, size]), zeros(`${name}.bias`, channels)];
    return builder.op('Conv', inputs, { kernel_shape: [size, size], strides: [stride, stride], pads: [pad, pad, pad, pad] }, { name });
  };
  const block = (name: string, x: ValueInfo, channels: number, stride: number): ValueInfo => {
    const inner = builder.op('Relu', [convolution(`${name}.conv1`, x, channels, 3, stride)]);
    const shortcut = stride === 1 ? x : convolution(`${name}.downsample.0`, x, channels, 1, stride);
    return builder.op('Relu', [builder.op('Add', [convolution(`${name}.conv2`, inner, channels, 3), shortcut])]);
  };
  const stem = builder.op('Relu', [convolution('conv1', builder.input('input', 'float32', [1, 3, 224, 224]), 64, 7, 2)]);
  let x = builder.op('MaxPool', [stem], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const [stage, channels] of STAGES.entries()) {
    for (const index of [0, 1]) x = block(`layer${stage + 1}.${index}`, x, channels, stage > 0 && index === 0 ? 2 : 1);
  }
  const features = builder.op('Flatten', [builder.op('GlobalAveragePool', [x])], { axis: 1 });
  return toOnnx(builder.build([builder.op('Gemm', [features, weights('fc.weight', [CLASSES, features.shape[1]]), zeros('fc.bias', CLASSES)], { transB: 1 }, { name: 'fc' })]));
}
