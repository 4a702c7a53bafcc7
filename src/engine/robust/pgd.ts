import { LensError } from '../../protocol/errors';
import type { AttributionInputs } from '../attribution/inputs';
import { currentJob, runJob } from '../attribution/job';
import { randomSource, type RandomSource, type Seed } from '../attribution/random';
import type { AttributionsOf } from '../attribution/results';
import type { ModelSource } from '../models/modelOf';
import { float32, sizeOf, type Tensor } from '../tensor';
import { runAttack, type AttackConstruction, type AttackOptions } from './gradientAttack';

const NORMS = ['Linf', 'L2'] as const;
export type AttackNorm = (typeof NORMS)[number];

export interface PGDOptions extends AttackOptions {
  /** How far a perturbed example may be from the input. */
  radius: number;
  /** How far each element is moved in a step. */
  stepSize: number;
  /** The number of steps. */
  stepNum: number;
  /** How distances are measured: `Linf`, the largest change of an element, or `L2`, the Euclidean norm of an example's changes. Default: `Linf`. */
  norm?: AttackNorm;
  /** Whether to begin at a random point of the ball around the input, not at the input. Default: false. */
  randomStart?: boolean;
  /** The same seed begins at the same point. Default: every call of this object draws on, from seed 0. */
  seed?: Seed;
}

/**
 * Projected gradient descent (Madry, Makelov, Schmidt, Tsipras, Vladu, "Towards Deep Learning Models Resistant to
 * Adversarial Attacks", ICLR 2018): steps of the fast gradient sign method, each brought back into the ball around the
 * input and into the bounds,
 *
 *     x_k+1 = clamp(project(x_k + stepSize * sign(dLoss/dx_k) * mask)),   |project(x) - x_0| <= radius.
 */
export class PGD {
  private readonly random = randomSource();

  constructor(
    private readonly model: ModelSource,
    private readonly construction: AttackConstruction = {},
  ) {}

  /** The perturbed inputs, in the form of the inputs. */
  perturb<T extends AttributionInputs>(inputs: T, options: PGDOptions): Promise<AttributionsOf<T>> {
    const { radius, stepSize, stepNum, norm = 'Linf', randomStart = false } = options;
    const { onProgress, signal } = currentJob();
    const attacked = (): Promise<AttributionsOf<T>> => runAttack('PGD', this.model, this.construction, inputs, options, async (attack) => {
      check(options, norm);
      const random = options.seed === undefined ? this.random : randomSource(options.seed);
      let perturbed = randomStart ? attack.inputs.map((input, index) => attack.bound(randomPoint(input, attack.masks[index], radius, norm, random))) : attack.inputs;
      for (let step = 0; step < stepNum; step++) {
        const moved = await attack.step(perturbed, stepSize);
        perturbed = moved.map((part, index) => attack.bound(project(part, attack.inputs[index], radius, norm)));
        onProgress?.({ fraction: (step + 1) / stepNum, message: `step ${step + 1} of ${stepNum}` });
      }
      return perturbed;
    });
    return runJob({ signal }, attacked); // steps are its progress, not the passes of each
  }
}

function check({ radius, stepSize, stepNum }: PGDOptions, norm: string): void {
  for (const [name, value] of Object.entries({ radius, stepSize })) {
    if (!Number.isFinite(value) || value < 0) throw new LensError('invalid-argument', `PGD: ${name} must be a number of at least 0, got ${value}`);
  }
  if (!Number.isInteger(stepNum) || stepNum < 0) throw new LensError('invalid-argument', `PGD: stepNum must be a whole number of at least 0, got ${stepNum}`);
  if (!NORMS.some((known) => known === norm)) throw new LensError('invalid-argument', `Norm constraint must be L2 or Linf, got '${norm}'`);
}

/** The nearest point of the ball. */
function project({ data, shape }: Tensor<'float32'>, center: Tensor<'float32'>, radius: number, norm: AttackNorm): Tensor<'float32'> {
  const changes = data.map((value, index) => value - center.data[index]);
  const size = sizeOf(shape.slice(1));
  for (let start = 0; start < data.length; start += size) {
    const part = changes.subarray(start, start + size);
    const scale = norm === 'L2' ? Math.min(1, radius / (lengthOf(part) || 1)) : 1;
    for (let index = 0; index < size; index++) part[index] = norm === 'L2' ? part[index] * scale : Math.min(radius, Math.max(-radius, part[index]));
  }
  return float32(center.data.map((value, index) => value + changes[index]), shape);
}

/** A point of the ball around each example, all equally likely. */
function randomPoint({ data, shape }: Tensor<'float32'>, { data: mask }: Tensor<'float32'>, radius: number, norm: AttackNorm, random: RandomSource): Tensor<'float32'> {
  const size = sizeOf(shape.slice(1));
  const drawn = norm === 'L2' ? random.normal(shape, 1) : Array.from(random.uniform(data.length), (value) => 2 * value - 1);
  const changes = Float64Array.from(drawn, (value) => value * radius);
  if (norm === 'L2') {
    const parts = random.uniform(shape[0]);
    for (let example = 0; example < shape[0]; example++) {
      const part = changes.subarray(example * size, (example + 1) * size);
      const scale = (radius * parts[example] ** (1 / size)) / (lengthOf(part) || 1);
      for (let index = 0; index < size; index++) part[index] *= scale;
    }
  }
  return float32(data.map((value, index) => value + changes[index] * mask[index % mask.length]), shape);
}

const lengthOf = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
