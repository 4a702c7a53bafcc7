import { LensError } from '../../protocol/errors';
import { describeValue, toTensor, type TensorLike } from '../attribution/tensorLike';
import { GraphBuilder } from '../graph/builder';
import type { ValueInfo } from '../graph/graph';
import { derivedModel } from '../models/derived/derivedModel';
import type { Model } from '../models/model';
import { isModelSource } from '../models/modelOf';
import { algebra, type Algebra } from '../operators/algebra';
import { customLossModel, readLossTarget, type CustomLoss } from '../robust/lossModel';
import { float32, formatShape, sizeOf, toNumbers, type Shape, type Tensor } from '../tensor';

/**
 * The loss of each example that a model was trained with:
 *
 * - `cross_entropy`: -log softmax(F)[label], for models that return logits;
 * - `negative_log`: -log F[label], for models that return probabilities;
 * - `squared_error`: the sum over outputs of (F - label)^2;
 * - a function of TensorFlow.js tensors, the output and the labels, that returns one loss for each example, or a model of
 *   it, which gets the labels as they are.
 *
 * Whether training took their mean or sum makes no difference to the loss of an example.
 */
export type ExampleLoss = 'cross_entropy' | 'negative_log' | 'squared_error' | CustomLoss | Model;

const LOSSES: Readonly<Record<string, (math: Algebra, builder: GraphBuilder, output: ValueInfo, label: ValueInfo) => ValueInfo>> = {
  cross_entropy: ({ mul, neg }, builder, output, label) => neg(mul(label, builder.op('LogSoftmax', [output], { axis: 1 }))),
  negative_log: ({ mul, neg, log }, _, output, label) => neg(mul(label, log(output))),
  squared_error: ({ square, sub }, _, output, label) => square(sub(output, label)),
};

/** @throws LensError `invalid-argument` for anything that is not a loss. */
export function requireLoss(name: string, loss: unknown): asserts loss is ExampleLoss {
  if (isModelSource(loss) || (typeof loss === 'string' && Object.hasOwn(LOSSES, loss))) return;
  throw new LensError('invalid-argument', `${name} must be one of ${Object.keys(LOSSES).join(', ')}, or a function of output and labels, got ${describeValue(loss)}`);
}

/** The model of the loss of each example, [examples]; it takes the labels, as {@link readLabels} gives them, after the inputs. */
export async function exampleLossModel(base: Model, loss: ExampleLoss): Promise<Model> {
  if (typeof loss !== 'string') return customLossModel(base, loss);
  return derivedModel(base, JSON.stringify(['example loss', loss]), () => ({
    inputs: [...base.inputs, { name: 'label', dtype: 'float32', shape: [-1] }],
    specs: (given) => given.slice(0, -1),
    graph(graph) {
      const builder = new GraphBuilder(graph.name, graph);
      const output = builder.value(graph.outputs[0]);
      const losses = LOSSES[loss](algebra(builder), builder, output, builder.input('label', 'float32', output.shape));
      const axes = output.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis]));
      return builder.build([axes.length === 0 ? losses : builder.op('ReduceSum', [losses, builder.integers(axes)], { keepdims: 0 })]);
    },
  }));
}

/**
 * Labels as a loss takes them. For the losses by name they get the shape of the output: classes, one whole number for
 * each example, become rows with a 1 at the class; values, or probabilities of classes, stay as they are.
 *
 * @throws LensError `shape-mismatch`, `target-out-of-range`, `invalid-argument` for labels that do not fit the output.
 */
export async function readLabels(given: TensorLike, loss: ExampleLoss, output: Shape, examples: number): Promise<Tensor> {
  if (typeof loss === 'function') return readLossTarget(given, examples);
  const { tensor } = await toTensor(given, 'labels');
  const shape = [examples, ...output.slice(1)];
  if (tensor.shape[0] !== examples) throw new LensError('shape-mismatch', `labels must have one entry for each of the ${examples} example(s), got shape ${formatShape(tensor.shape)}`);
  if (typeof loss !== 'string') return tensor;
  const values = toNumbers(tensor);
  if (formatShape(tensor.shape) === formatShape(shape) || (loss === 'squared_error' && values.length === sizeOf(shape))) return float32(Float32Array.from(values), shape);
  if (loss === 'squared_error' || shape.length !== 2 || values.length !== examples) {
    throw new LensError('shape-mismatch', `labels must have the output's shape ${formatShape(shape)}${loss === 'squared_error' ? '' : `, or one class for each of the ${examples} example(s) when the output is 2D`}, got ${formatShape(tensor.shape)}`);
  }
  const classes = shape[1];
  const wrong = values.find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong !== undefined) throw new LensError('target-out-of-range', `labels must be whole numbers from 0 to ${classes - 1}, got ${wrong}`);
  const rows = new Float32Array(examples * classes);
  for (const [example, label] of values.entries()) rows[example * classes + label] = 1;
  return float32(rows, shape);
}
