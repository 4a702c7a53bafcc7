import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../protocol/errors';
import { describeValue, isTensor, toTensor, type TensorLike } from '../attribution/tensorLike';
import { GraphBuilder } from '../graph/builder';
import { derivedModel } from '../models/derived/derivedModel';
import { followedModel } from '../models/derived/followedModel';
import type { Model } from '../models/model';
import { modelOf } from '../models/modelOf';
import { float32, formatShape, int64, toNumbers, type Tensor } from '../tensor';

/**
 * A loss of one's own over TensorFlow.js tensors: gets the model's output [examples, ...] and what was given as target,
 * with an entry for each example, and returns one loss for each example, shape [examples]. One that returns a single
 * number (a reduction) is given the examples one by one.
 */
export type CustomLoss = (output: tfjs.Tensor, target: tfjs.Tensor) => tfjs.Tensor;

/**
 * The loss of each example: `negative_log`, -log f of the target, for models that return probabilities;
 * `cross_entropy`, -log softmax(f) of the target, for models that return logits; or a function.
 */
export type LossFunc = 'negative_log' | 'cross_entropy' | CustomLoss;

/** The model whose outputs are the losses of selecting each output of another. */
export function lossModel(base: Model, loss: Exclude<LossFunc, CustomLoss>): Model {
  return derivedModel(base, JSON.stringify(['loss', loss]), () => ({
    graph(graph) {
      const builder = new GraphBuilder(graph.name, graph);
      const output = builder.value(graph.outputs[0]);
      return builder.build([builder.op('Neg', [loss === 'cross_entropy' ? builder.op('LogSoftmax', [output], { axis: 1 }) : builder.op('Log', [output])])]);
    },
  }));
}

/** The model that returns a custom loss of each example; it takes the targets after the base model's inputs. */
export async function customLossModel(base: Model, loss: CustomLoss | Model): Promise<Model> {
  return followedModel(base, await modelOf(loss, 'loss'), 1);
}

/**
 * What a custom loss gets as target: whole numbers are int64 (int32 for TensorFlow.js), others float32; a single number
 * is repeated for every example.
 *
 * @throws LensError `invalid-argument` without a target, `shape-mismatch` without an entry for each example.
 */
export async function readLossTarget(given: TensorLike | number | undefined, examples: number): Promise<Tensor> {
  if (typeof given !== 'number' && !isTensor(given) && !Array.isArray(given)) throw new LensError('invalid-argument', `target: a loss function needs a number, or a tensor with an entry for each example, got ${describeValue(given)}`);
  const { tensor } = typeof given === 'number' ? { tensor: float32([given], [1]) } : await toTensor(given, 'target');
  const numbers = toNumbers(tensor);
  const [values, shape] = numbers.length === 1 && examples > 1 ? [Array<number>(examples).fill(numbers[0]), [examples]] : [numbers, tensor.shape];
  if (shape[0] !== examples) throw new LensError('shape-mismatch', `target: the loss function needs one entry for each of the ${examples} example(s) on axis 0, got shape ${formatShape(tensor.shape)}`);
  return values.every(Number.isInteger) ? int64(values, shape) : float32(values, shape);
}
