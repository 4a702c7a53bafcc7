import { LensError } from '../../protocol/errors';
import type { AttributionInputs } from '../attribution/inputs';
import type { AttributionsOf } from '../attribution/results';
import type { ModelSource } from '../models/modelOf';
import { runAttack, type AttackConstruction, type AttackOptions } from './gradientAttack';

export interface FGSMOptions extends AttackOptions {
  /** How far each element is moved. */
  epsilon: number;
}

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
  perturb<T extends AttributionInputs>(inputs: T, options: FGSMOptions): Promise<AttributionsOf<T>> {
    return runAttack('FGSM', this.model, this.construction, inputs, options, async (attack) => {
      const { epsilon } = options;
      if (!Number.isFinite(epsilon)) throw new LensError('invalid-argument', `FGSM: epsilon must be a finite number, got ${epsilon}`);
      return (await attack.step(attack.inputs, epsilon)).map(attack.bound);
    });
  }
}
