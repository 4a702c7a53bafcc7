import { LensError } from '../../../protocol/errors';
import { neuronModel } from '../../models/derived/neuronModel';
import type { ModelSource } from '../../models/modelOf';
import { float32, isFloat32 } from '../../tensor';
import { Attribution, type Findings, type NeuronOptions, type Task } from '../attribution';
import { readBaselines } from '../baselines';
import type { IntegratedGradientsOptions } from '../integratedGradients';
import { quadrature } from '../quadrature';
import { atLayers } from '../place';
import { examplesOf } from '../rows';
import { StraightPath } from '../straightPath';
import { offsetOf } from '../targets';
import { isSelectingModel, neuronOf, neuronPlace } from './neuronSelector';

export interface NeuronConductanceOptions extends IntegratedGradientsOptions, NeuronOptions {
  returnConvergenceDelta?: never;
}

/**
 * Conductance of a neuron y (Dhamdhere, Sundararajan, Yan, "How Important Is a Neuron?", ICLR 2019): how much each input
 * contributes to the output through the neuron,
 *
 *     (x_i - x'_i) * integral over a in 0..1 of dF/dy * dy/dx_i at x' + a (x - x').
 *
 * Default quadrature: `riemann_trapezoid`.
 */
export class NeuronConductance extends Attribution<NeuronConductanceOptions> {
  override readonly name = 'NeuronConductance';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'nSteps', 'method', 'internalBatchSize', 'neuronSelector', 'attributeToNeuronInput'];
  private readonly multiplyByInputs: boolean;

  constructor(
    model: ModelSource,
    private readonly ofLayer: string,
    { multiplyByInputs = true }: { multiplyByInputs?: boolean } = {},
  ) {
    super(model);
    this.multiplyByInputs = multiplyByInputs;
  }

  protected override async explain({ inputs, options, targets, passes, model }: Task<NeuronConductanceOptions>): Promise<Findings> {
    const { nSteps = 50, method = 'riemann_trapezoid' } = options;
    const selector = neuronOf(this.name, options);
    const indices = typeof selector === 'number' ? [selector] : isSelectingModel(selector) ? undefined : selector;
    if (!indices?.every((index) => typeof index === 'number')) throw new LensError('invalid-argument', `NeuronConductance: neuronSelector must select one neuron, got ${indices ? 'a range' : 'a function'}`);
    const place = neuronPlace(this.ofLayer, options);
    const { alphas, stepSizes } = quadrature(method, nSteps);
    const { tensors: baselines, name: baselineName } = await readBaselines(options.baselines, inputs, model);
    const ends = inputs.filter(isFloat32);
    const points = new StraightPath(ends, baselines, alphas);

    const ofNeuron = new Float64Array(points.count);
    const atLayer = await atLayers(passes, this.ofLayer, place.isInput, inputs);
    const [{ shape }] = await atLayer.values(examplesOf(inputs));
    const position = offsetOf(indices.map((index, axis) => (index < 0 ? index + shape[axis + 1] : index)), shape.slice(1));
    const throughNeuron = passes.of(neuronModel(atLayer.passes.model, place, indices));
    await atLayer.passes.gradients(points, targets, (row, _, [gradient]) => void (ofNeuron[row] = gradient[position]), { key: 'plain', layers: [place] });
    const integrals = ends.map(({ data }) => new Float64Array(data.length));
    await throughNeuron.gradients(points, undefined, (row, _, gradients) => {
      const weight = stepSizes[points.stepOf(row)] * ofNeuron[row];
      for (const [input, gradient] of gradients.entries()) {
        const from = points.exampleOf(row) * gradient.length;
        for (let index = 0; index < gradient.length; index++) integrals[input][from + index] += weight * gradient[index];
      }
    });
    const factor = (input: number, index: number): number => (this.multiplyByInputs ? ends[input].data[index] - baselines[input].data[index] : 1);
    return {
      attributions: ends.map(({ shape }, input) => float32(Float32Array.from(integrals[input], (value, index) => value * factor(input, index)), shape)),
      baselines,
      baselineName,
      isComplete: false,
      options: { nSteps, method, multiplyByInputs: this.multiplyByInputs },
    };
  }
}
