import type { Explanation } from '../../../src/engine/attribution/explanation';
import { float32, sizeOf, type Shape, type Tensor } from '../../../src/engine/tensor';
import { tanhModel } from '../attribution/models';

export const ramp = (shape: Shape, scale = 1): Tensor<'float32'> => float32(Float32Array.from({ length: sizeOf(shape) }, (_, index) => index * scale), shape);

/** An explanation of one example with two classes, changed as wished. */
export function explanationWith(changes: Partial<Explanation> = {}): Explanation {
  return {
    method: 'IntegratedGradients',
    options: { nSteps: 50, method: 'gausslegendre', multiplyByInputs: true },
    model: tanhModel(),
    runtime: 'onnxruntime-node (cpu)',
    inputs: [ramp([1, 3])],
    additionalForwardArgs: [],
    baselines: [ramp([1, 3], 0)],
    baselineName: 'zero',
    attributions: [float32([0.5, -0.25, 0.55], [1, 3])],
    targets: [[1]],
    output: float32([0.2, 1], [1, 2]),
    startValues: Float64Array.of(0.2),
    endValues: Float64Array.of(1),
    convergenceDelta: Float64Array.of(0),
    cost: { seconds: 1, forwardPasses: 2, gradientPasses: 50, rowsPerChunk: 50 },
    ...changes,
  };
}
