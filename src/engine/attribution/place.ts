import { LensError } from '../../protocol/errors';
import type { BatchLayout } from '../models/derived/batchLayout';
import { layerModel } from '../models/derived/layerModel';
import type { LayerPlace } from '../models/derived/layerValue';
import { float32, isFloat32, sizeOf, type Tensor } from '../tensor';
import { withExamplesFirst, type LaidOut } from './layouts';
import type { Passes } from './passes';
import { blank, type Rows } from './rows';

/** A layer by the name of its module, node or value; a list attributes to several at once. */
export type LayerNames = string | readonly string[];

/** Where attributions are taken: at the model's inputs, or at the values of layers. One algorithm serves both. */
export interface Place {
  /** Given when attributions are taken at layers. */
  readonly layers?: readonly LayerPlace[];
  /** Where the layers themselves have the examples, which `values` have on axis 0. */
  readonly layouts?: readonly BatchLayout[];
  /** The values at the place for every row: [rows, ...], one tensor for each input or layer. */
  values(rows: Rows): Promise<Tensor<'float32'>[]>;
}

/** Attributions to the inputs: the rows themselves are the values. */
export const atInputs: Place = {
  values: (rows) => Promise.resolve(rows.inputs.map((_, input) => written(rows, input))),
};

/** Layers of a model in which their values have the examples on axis 0. */
export interface PlaceAtLayers extends Place, LaidOut {
  readonly layers: readonly LayerPlace[];
  readonly layouts: readonly BatchLayout[];
}

/** Attributions to what layers compute, or with `isInput` to what they get, with passes through the model that has them. */
export async function atLayers(through: Passes, names: LayerNames, isInput: boolean, inputs: Rows['inputs']): Promise<PlaceAtLayers> {
  const layers = (typeof names === 'string' ? [names] : names).map((layer) => ({ layer, isInput }));
  const { passes, layouts } = await withExamplesFirst(through, layers, inputs);
  return {
    layers,
    layouts,
    passes,
    async values(rows) {
      const values: Tensor<'float32'>[] = [];
      for (const layer of layers) values.push(await passes.of(layerModel(passes.model, layer)).evaluate(rows));
      return values;
    },
  };
}

/** An input of all rows as one tensor. */
function written(rows: Rows, input: number): Tensor<'float32'> {
  const { shape, dtype } = rows.inputs[input];
  const result = blank(dtype, [rows.count, ...shape.slice(1)]);
  if (!isFloat32(result)) throw new LensError('invalid-argument', `Gradients need float32 inputs, got ${dtype}`, 'Attribute to the embedding layer instead.');
  for (let row = 0; row < rows.count; row++) rows.write(input, row, result.data, row * sizeOf(shape.slice(1)));
  return result;
}

/** Zeros in the shapes of values at a place, for as many examples. */
export const zerosLike = (values: readonly Tensor<'float32'>[], examples: number): Tensor<'float32'>[] =>
  values.map(({ shape }) => float32(new Float32Array(examples * sizeOf(shape.slice(1))), [examples, ...shape.slice(1)]));
