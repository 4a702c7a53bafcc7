import { cutModel } from '../models/derived/cutModel';
import type { ModelSource } from '../models/modelOf';
import { float32 } from '../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type NeuronOptions, type Task } from './attribution';
import { float32Only, readBaselines, readReferences, type Baselines } from './baselines';
import type { GradientVisitor } from './passes';
import type { LayerNames } from './place';
import type { AttributedTo, ToLayers } from './results';
import { quadrature, type ApproximationMethod } from './quadrature';
import { examplesOf } from './rows';
import { StraightPath } from './straightPath';

export interface IntegratedGradientsOptions extends AttributionOptions {
  /** Where the path begins: the absence of what is attributed. Default: zero. */
  baselines?: Baselines;
  /** The number of points on the path at which gradients are taken. Default: 50. */
  nSteps?: number;
  /** The quadrature of the integral. Default: `gausslegendre`. */
  method?: ApproximationMethod;
  /** The most points (of any example) that run at once. Default: as many as fit into memory. Does not change the result. */
  internalBatchSize?: number;
}

/**
 * Integrated Gradients (Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017): the gradients of
 * the output F along the straight path from a baseline x' to the input x, integrated and scaled by the way gone,
 *
 *     attribution_i = (x_i - x'_i) * integral over a in 0..1 of dF(x' + a (x - x')) / dx_i.
 *
 * Attributions of an example sum to F(x) - F(x') up to the error of the quadrature, which is the convergence delta.
 */
export class IntegratedGradients<O extends AttributionOptions = IntegratedGradientsOptions, To extends AttributedTo = 'inputs'> extends Attribution<O, To> {
  override readonly name: string = 'IntegratedGradients';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'nSteps', 'method', 'internalBatchSize', 'returnConvergenceDelta'];
  private readonly multiplyByInputs: boolean;

  /** With `multiplyByInputs: false` the factor (x - x') is left out: a local attribution. Default: true. */
  constructor(model: ModelSource, { multiplyByInputs = true }: { multiplyByInputs?: boolean } = {}) {
    super(model);
    this.multiplyByInputs = multiplyByInputs;
  }

  protected override async explain({ inputs, options, targets, passes, place, model, select }: Task<O>): Promise<Findings> {
    const { nSteps = 50, method = 'gausslegendre', internalBatchSize, baselines: given } = options as IntegratedGradientsOptions;
    const { alphas, stepSizes } = quadrature(method, nSteps);
    const { tensors: baselines, name: baselineName } = place.layers ? await readReferences(given, inputs, model) : await readBaselines(given, inputs, model);
    const [ends, starts] = [await place.values(examplesOf(inputs)), await place.values(examplesOf(baselines))];
    const differences = ends.map(({ data }, input) => Float64Array.from(data, (value, index) => value - starts[input].data[index]));
    const integrals = ends.map(({ data }) => new Float64Array(data.length));
    const alphasOfAll = [...alphas];
    const path = Array.from({ length: ends[0].shape[0] }, () => ({ alphas: alphasOfAll, values: [] as number[], increments: [] as number[] }));

    const points = new StraightPath(ends, starts, alphas, place.layers ? inputs : []);
    const onPath = place.layers ? passes.of(cutModel(passes.model, place.layers)) : passes;
    const visit: GradientVisitor = (row, value, gradients) => {
      const [step, example] = [points.stepOf(row), points.exampleOf(row)];
      let increment = 0;
      for (const [input, gradient] of gradients.entries()) {
        const [integral, difference, from] = [integrals[input], differences[input], example * gradient.length];
        for (let index = 0; index < gradient.length; index++) {
          const part = stepSizes[step] * gradient[index];
          integral[from + index] += part;
          increment += part * difference[from + index];
        }
      }
      path[example].values.push(value);
      path[example].increments.push(increment);
    };
    await onPath.gradients(points, targets, visit, { key: 'plain', attributed: ends.length });

    const scaled = (value: number, index: number, input: number): number => (this.multiplyByInputs ? value * differences[input][index] : value);
    return {
      attributions: ends.map(({ shape }, input) => float32(Float32Array.from(integrals[input], (value, index) => scaled(value, index, input)), shape)),
      baselines: float32Only(baselines),
      baselineName,
      startValues: select(await passes.evaluate(examplesOf(baselines))),
      isComplete: this.multiplyByInputs,
      path: this.multiplyByInputs ? path : undefined,
      options: { nSteps, method, multiplyByInputs: this.multiplyByInputs, ...(internalBatchSize === undefined ? {} : { internalBatchSize }) },
    };
  }
}

/**
 * {@link IntegratedGradients} at a layer: along the straight line between the layer's values h(x') and h(x), the model
 * re-entered there. Baselines are those of the model's input, also token ids.
 */
export class LayerIntegratedGradients<L extends LayerNames = LayerNames> extends IntegratedGradients<IntegratedGradientsOptions & LayerOptions, ToLayers<L>> {
  override readonly name = 'LayerIntegratedGradients';

  constructor(model: ModelSource, layer: L, options?: { multiplyByInputs?: boolean }) {
    super(model, options);
    this.layer = layer;
  }
}

/** {@link IntegratedGradients} of a neuron in place of the output. */
export class NeuronIntegratedGradients extends IntegratedGradients<Omit<IntegratedGradientsOptions, 'target'> & NeuronOptions> {
  override readonly name = 'NeuronIntegratedGradients';

  constructor(model: ModelSource, layer: string, options?: { multiplyByInputs?: boolean }) {
    super(model, options);
    this.neuronLayer = layer;
  }
}
