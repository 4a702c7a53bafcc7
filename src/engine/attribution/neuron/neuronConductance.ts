import type { ModelSource } from '../../models/modelOf';
import { float32, isFloat32 } from '../../tensor';
import { Attribution, type Findings, type NeuronOptions, type Task } from '../attribution';
import { readBaselines } from '../baselines';
import type { IntegratedGradientsOptions } from '../integratedGradients';
import { withExamplesFirst } from '../layouts';
import { quadrature } from '../quadrature';
import { examplesOf } from '../rows';
import { StraightPath } from '../straightPath';
import { gradientAtNeuron } from './gradientAtNeuron';
import { isSelectingModel, neuronOf, neuronPlace, requireOnePerExample, selectedModel } from './neuronSelector';

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
 *
 * A range or a function s as `neuronSelector` gives `s(dF/dlayer) * ds(layer)/dx`, as in Captum: the conductance of the
 * neuron that it picks, but for several neurons not the sum of their conductances.
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
    const place = neuronPlace(this.ofLayer, options);
    const { alphas, stepSizes } = quadrature(method, nSteps);
    const { tensors: baselines, name: baselineName } = await readBaselines(options.baselines, inputs, model);
    const ends = inputs.filter(isFloat32);
    const points = new StraightPath(ends, baselines, alphas);

    const { passes: toLayer } = await withExamplesFirst(passes, [place], inputs);
    const throughNeuron = toLayer.of(await selectedModel(toLayer.model, place, selector));
    if (isSelectingModel(selector)) requireOnePerExample(this.name, (await throughNeuron.evaluate(examplesOf(inputs))).shape);
    const ofNeuron = await gradientAtNeuron(toLayer, points, targets, place, selector);
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
