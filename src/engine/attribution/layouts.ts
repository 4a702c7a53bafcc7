import { LensError } from '../../protocol/errors';
import type { Graph, ValueInfo } from '../graph/graph';
import { batchLayouts, FIRST, movesBatch, type BatchLayout } from '../models/derived/batchLayout';
import { examplesFirstModel } from '../models/derived/examplesFirstModel';
import { layerValue, type LayerPlace } from '../models/derived/layerValue';
import { TIME_FIRST } from '../models/derived/timeFirst';
import { formatShape } from '../tensor';
import type { Passes } from './passes';
import type { Rows } from './rows';

/** Passes through a model whose layers have the examples on axis 0, and where the model itself has them. */
export interface LaidOut {
  readonly passes: Passes;
  /** One for each layer. */
  readonly layouts: readonly BatchLayout[];
}

/**
 * Brings the examples to axis 0 in the values of layers, for inputs of these shapes. Layers of torch that work over
 * [time, batch, width] have them on axis 1.
 *
 * @throws LensError `not-found`, `invalid-argument` for a layer without a float32 value; `shape-mismatch` for one whose values
 * are not those of single examples.
 */
export async function withExamplesFirst(passes: Passes, places: readonly LayerPlace[], inputs: Rows['inputs']): Promise<LaidOut> {
  const layouts = await layoutsOf(passes, places, inputs);
  return { layouts, passes: passes.of(examplesFirstModel(passes.model, places.map((place, index) => ({ place, layout: layouts[index] })))) };
}

/**
 * Refuses an ONNX model that takes [time, batch, ...], where steps would be attributed to as examples: more entries on axis 1
 * give more outputs, on axis 0 they do not.
 *
 * @throws LensError `shape-mismatch` that names the option of loadModel for such models.
 */
export async function requireExamplesFirst(passes: Passes, inputs: Rows['inputs']): Promise<void> {
  const { model, fixedBatch } = passes;
  const [rows, second] = inputs[0].shape;
  if (model.format !== 'onnx' || second === undefined) return;
  const few = fixedBatch ?? 1;
  const outputsOf = async (graph: Promise<Graph>): Promise<number | undefined> => (await unlessRefused(graph.then(({ values, outputs }) => values.get(outputs[0])?.shape)))?.[0];
  if ((await outputsOf(passes.graphOf(inputs, few))) !== second) return;
  if (fixedBatch === undefined && second === 1 && (rows === 1 || (await outputsOf(passes.graphOf(inputs, 2))) === 2)) return;
  const wider = inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim, axis) => (axis === 1 && dim === second ? 2 * dim : dim)) }));
  if ((await outputsOf(passes.graphOf(wider, few))) !== 2 * second) return;
  throw new LensError('shape-mismatch', `Model '${model.name}': gives one output for each of the ${second} entries on axis 1 of its inputs, shape ${formatShape(inputs[0].shape)}, but the examples must be on axis 0`, TIME_FIRST);
}

async function layoutsOf(passes: Passes, places: readonly LayerPlace[], inputs: Rows['inputs']): Promise<BatchLayout[]> {
  const { model, fixedBatch } = passes;
  const rows = fixedBatch ?? 1;
  const few = await passes.graphOf(inputs, rows);
  const values = places.map((place) => layerValue(model, place)(few));
  if (!movesBatch(few, rows) && values.every(({ shape }) => shape[0] === rows)) return values.map(() => FIRST);
  const more = fixedBatch === undefined ? await unlessRefused(passes.graphOf(inputs, 2)) : undefined;
  const layouts = more ? batchLayouts(few, more) : undefined;
  return values.map((value, index) => {
    const layout = layouts ? (layouts.get(value.name) ?? (value.shape[0] === 1 ? FIRST : undefined)) : rows > 1 ? ofFixedBatch(value, rows) : ofOneExample(value);
    if (layout && !Number.isNaN(layout.within)) return layout;
    const { layer, isInput } = places[index];
    const shape = `${formatShape(value.shape)} for ${rows === 1 ? 'one example' : `${rows} examples`}`;
    throw new LensError('shape-mismatch', `Layer '${layer}': ${isInput ? 'what it gets' : 'what it computes'} must have one axis on which the examples lie in order, got shape ${shape}`, 'Choose a layer that computes something for each example.');
  });
}

/** A model that takes one example at a time: all is that example's. */
const ofOneExample = ({ shape }: ValueInfo): BatchLayout | undefined => (shape.length === 0 ? undefined : { axis: 0, within: shape[0], inner: 1 });

/** A model that takes a certain number of examples at a time: the only axis of that length. */
function ofFixedBatch({ shape }: ValueInfo, rows: number): BatchLayout | undefined {
  const axis = shape.indexOf(rows);
  return axis < 0 || axis !== shape.lastIndexOf(rows) ? undefined : { axis, within: 1, inner: 1 };
}

/** A graph, or what follows from one, for shapes that the model may not take: then undefined. */
export async function unlessRefused<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof LensError && error.code === 'shape-mismatch') return undefined;
    throw error;
  }
}
