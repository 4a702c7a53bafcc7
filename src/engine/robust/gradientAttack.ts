import { LensError } from '../../protocol/errors';
import type { AttributionOptions } from '../attribution/attribution';
import { sharedEngine } from '../attribution/engine';
import { gradientsOf } from '../attribution/inputGradients';
import { isTuple, readForwardArgs, readInputs, type AttributionInputs } from '../attribution/inputs';
import { currentJob } from '../attribution/job';
import { Passes } from '../attribution/passes';
import { atInputs } from '../attribution/place';
import { inKind, type AttributionsOf } from '../attribution/results';
import { examplesOf } from '../attribution/rows';
import { readTargets, type Target } from '../attribution/targets';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import type { Model } from '../models/model';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, formatShape, isFloat32, type Tensor } from '../tensor';
import { customLossModel, lossModel, readLossTarget, type LossFunc } from './lossModel';

export interface AttackConstruction {
  /** What is made large (or small, towards a target). Default: the negative logarithm of the selected output. */
  lossFunc?: LossFunc;
  /** The bounds that all values of the perturbed inputs keep. Default: none. */
  lowerBound?: number;
  upperBound?: number;
}

export interface AttackOptions extends Omit<AttributionOptions, 'target'> {
  /** Which output the loss is of; what a loss function gets, with an entry for each example. */
  target?: Target;
  /** Whether the inputs are moved towards the target, not away from it. Default: false. */
  targeted?: boolean;
  /** What may change: 1 where it may, 0 where not; a tensor for each input, with its shape or a first axis of 1. */
  mask?: TensorLike | readonly TensorLike[];
}

/** Gradients up to this magnitude move nothing. */
const ZERO = 1e-6;

/** What an attack by gradients of the loss works with. */
export interface GradientAttack {
  readonly inputs: readonly Tensor<'float32'>[];
  /** One for each input: 1 where it may change; of one element, or of the input's shape or that of one example. */
  readonly masks: readonly Tensor<'float32'>[];
  /** x + size * sign(dLoss/dx) * mask, with the other sign when it is targeted. */
  step(from: readonly Tensor<'float32'>[], size: number): Promise<Tensor<'float32'>[]>;
  /** Values within the bounds. */
  bound(value: Tensor<'float32'>): Tensor<'float32'>;
}

/** Reads what an attack was given, runs it, and returns the perturbed inputs in the form of the inputs. */
export async function runAttack<T extends AttributionInputs>(name: string, source: ModelSource, construction: AttackConstruction, inputs: T, options: AttackOptions, perturb: (attack: GradientAttack) => Promise<readonly Tensor<'float32'>[]>): Promise<AttributionsOf<T>> {
  const { lossFunc = 'negative_log', lowerBound = -Infinity, upperBound = Infinity } = construction;
  if (!(lowerBound <= upperBound)) throw new LensError('invalid-argument', `${name}: lowerBound must not be above upperBound, got ${lowerBound} and ${upperBound}`);
  const [model, engine] = await Promise.all([modelOf(source), sharedEngine()]);
  const given = await readInputs(inputs, model);
  const floats = given.tensors.filter(isFloat32);
  if (floats.length < given.tensors.length) throw new LensError('invalid-argument', `${name}: all inputs must be float32`);
  const masks = await readMasks(options.mask, floats);
  const perturbed = await engine.inTurn(model, async () => {
    const passes = (target: Tensor[], loss: Model, forwardArgs: Tensor[]): Passes => new Passes(engine.functionOf(model), floats[0].shape[0], { forwardArgs: [...forwardArgs, ...target], job: currentJob() }).of(loss);
    const gradientsAt = await lossGradients(name, model, lossFunc, floats, options, passes);
    return perturb({
      inputs: floats,
      masks,
      async step(from, size) {
        const gradients = await gradientsAt(from);
        const change = options.targeted === true ? -size : size;
        return from.map(({ data, shape }, input) => {
          const [gradient, mask] = [gradients[input].data, masks[input].data];
          return float32(data.map((value, index) => (Math.abs(gradient[index]) > ZERO ? value + change * Math.sign(gradient[index]) * mask[index % mask.length] : value)), shape);
        });
      },
      bound: ({ data, shape }) => float32(data.map((value) => Math.min(upperBound, Math.max(lowerBound, value))), shape),
    });
  });
  const results = await Promise.all(perturbed.map((part, index) => inKind(part, given.kinds[index])));
  return (given.isTuple ? results : results[0]) as AttributionsOf<T>;
}

type GradientsAt = (inputs: readonly Tensor<'float32'>[]) => Promise<readonly Tensor<'float32'>[]>;

/** The gradient of each example's loss with respect to the inputs. */
async function lossGradients(name: string, model: Model, lossFunc: LossFunc, inputs: readonly Tensor<'float32'>[], { target, additionalForwardArgs }: AttackOptions, passesOf: (target: Tensor[], loss: Model, forwardArgs: Tensor[]) => Passes): Promise<GradientsAt> {
  const forwardArgs = await readForwardArgs(additionalForwardArgs, model, inputs.length);
  const examples = inputs[0].shape[0];
  const isCustom = typeof lossFunc === 'function';
  const passes = isCustom ? passesOf([await readLossTarget(target, examples)], await customLossModel(model, lossFunc), forwardArgs) : passesOf([], lossModel(model, lossFunc), forwardArgs);
  const { shape } = await passes.evaluate(examplesOf(inputs));
  if (isCustom && (shape.length !== 1 || shape[0] !== examples)) throw new LensError('invalid-argument', `${name}: lossFunc must return one loss for each example, shape ${formatShape([examples])}, got ${formatShape(shape)}`);
  const targets = isCustom ? undefined : await readTargets(target, shape, shape[0]);
  return async (from) => (await gradientsOf({ inputs: from, targets, passes, place: atInputs })).gradients;
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
