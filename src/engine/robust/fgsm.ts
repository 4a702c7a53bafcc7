import { LensError } from '../../protocol/errors';
import type { AttributionOptions } from '../attribution/attribution';
import { sharedEngine } from '../attribution/engine';
import { readForwardArgs, readInputs, isTuple, type AttributionInputs } from '../attribution/inputs';
import { gradientsOf } from '../attribution/inputGradients';
import { currentJob } from '../attribution/job';
import { Passes } from '../attribution/passes';
import { atInputs } from '../attribution/place';
import { inKind, type AttributionsOf } from '../attribution/results';
import { examplesOf } from '../attribution/rows';
import { readTargets } from '../attribution/targets';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, formatShape, isFloat32, type Tensor } from '../tensor';
import { lossModel, type LossFunc } from './lossModel';

export interface AttackConstruction {
  /** What is made large (or small, towards a target). Default: the negative logarithm of the selected output. */
  lossFunc?: LossFunc;
  /** The bounds that all values of the perturbed inputs keep. Default: none. */
  lowerBound?: number;
  upperBound?: number;
}

export interface AttackOptions extends AttributionOptions {
  /** Whether the inputs are moved towards the target, not away from it. Default: false. */
  targeted?: boolean;
  /** What may change: 1 where it may, 0 where not; a tensor for each input, with its shape or a first axis of 1. */
  mask?: TensorLike | readonly TensorLike[];
}

export interface FGSMOptions extends AttackOptions {
  /** How far each element is moved. */
  epsilon: number;
}

/** Gradients up to this magnitude move nothing. */
const ZERO = 1e-6;

/**
 * The fast gradient sign method (Goodfellow, Shlens, Szegedy, "Explaining and Harnessing Adversarial Examples", ICLR
 * 2015): one step that makes the loss of every example larger,
 *
 *     x' = clamp(x + epsilon * sign(dLoss/dx) * mask),
 *
 * or smaller when it is targeted.
 */
export class FGSM {
  constructor(
    private readonly model: ModelSource,
    private readonly construction: AttackConstruction = {},
  ) {}

  /** The perturbed inputs, in the form of the inputs. */
  async perturb<T extends AttributionInputs>(inputs: T, options: FGSMOptions): Promise<AttributionsOf<T>> {
    const { epsilon, targeted = false } = options;
    const { lossFunc = 'negative_log', lowerBound = -Infinity, upperBound = Infinity } = this.construction;
    if (!Number.isFinite(epsilon)) throw new LensError('invalid-argument', `FGSM: epsilon must be a finite number, got ${epsilon}`);
    const [model, engine] = await Promise.all([modelOf(this.model), sharedEngine()]);
    const given = await readInputs(inputs, model);
    const floats = given.tensors.filter(isFloat32);
    if (floats.length < given.tensors.length) throw new LensError('invalid-argument', 'FGSM: all inputs must be float32');
    const masks = await readMasks(options.mask, floats);
    const gradients = await engine.inTurn(model, async () => {
      const forwardArgs = await readForwardArgs(options.additionalForwardArgs, model, floats.length);
      const passes = new Passes(engine.functionOf(model), floats[0].shape[0], { forwardArgs, job: currentJob() }).of(lossModel(model, lossFunc));
      const { shape } = await passes.evaluate(examplesOf(floats));
      const targets = await readTargets(options.target, shape, shape[0]);
      return (await gradientsOf({ inputs: floats, targets, passes, place: atInputs })).gradients;
    });
    const step = targeted ? -epsilon : epsilon;
    const moved = floats.map(({ data, shape }, input) => {
      const [gradient, mask] = [gradients[input].data, masks[input].data];
      const change = (index: number): number => (Math.abs(gradient[index]) > ZERO ? step * Math.sign(gradient[index]) * mask[index % mask.length] : 0);
      return float32(data.map((value, index) => Math.min(upperBound, Math.max(lowerBound, value + change(index)))), shape);
    });
    const results = await Promise.all(moved.map((part, index) => inKind(part, given.kinds[index])));
    return (given.isTuple ? results : results[0]) as AttributionsOf<T>;
  }
}

async function readMasks(given: AttackOptions['mask'], inputs: readonly Tensor[]): Promise<Tensor<'float32'>[]> {
  if (given === undefined) return inputs.map(() => float32([1], [1]));
  const parts: readonly unknown[] = isTuple(given) ? given : [given];
  const masks = (await Promise.all(parts.map((part, index) => toTensor(part, `mask[${index}]`)))).map(({ tensor }) => tensor).filter(isFloat32);
  for (const [index, { shape }] of inputs.entries()) {
    const mask = masks[index]?.shape ?? [];
    if (mask.length !== shape.length || mask.some((dim, axis) => dim !== shape[axis] && !(axis === 0 && dim === 1))) {
      throw new LensError('shape-mismatch', `mask[${index}] must have the input's shape ${formatShape(shape)} or that of one example ${formatShape([1, ...shape.slice(1)])}, got ${formatShape(mask)}`);
    }
  }
  return masks;
}
