import type { ImageLayout } from '../../presentation/imageView';
import type { Model } from '../../models/model';
import type { ModelSource } from '../../models/modelOf';
import type { Tensor } from '../../tensor';
import type { Attribution } from '../attribution';
import type { Derivation } from '../modelFunction';
import type { PlainOptions } from '../plainOptions';

/** What is attributed. */
export interface Subject {
  readonly model: Model;
  readonly inputs: readonly Tensor[];
  readonly additionalForwardArgs: readonly Tensor[];
}

/** What the costs of an algorithm grow with. */
export interface Extent {
  readonly inputs: readonly Tensor[];
  /** How each input is an image; undefined for those that are none. */
  readonly layouts: readonly (ImageLayout | undefined)[];
  /** How many features are perturbed: superpixels or elements. */
  readonly features: number;
  /** How many baselines the default distribution has. */
  readonly distribution: number;
  /** How many units the layer has that methods start with. */
  readonly units: number;
}

/** Rows of one example that are pushed through the model. */
export interface Rows {
  readonly forward?: number;
  readonly gradient?: number;
}

/** An algorithm that can be chosen by name. */
export interface Method {
  /** What it is for, one sentence. */
  readonly description: string;
  readonly needs?: 'layer' | 'neuron';
  /** How it differentiates; absent for algorithms that only evaluate. */
  readonly derivation?: Derivation;
  /** What it takes with the default options; absent for algorithms of one's own, of which the last run is known. */
  rows?(extent: Extent): Rows;
  /** Why it does not fit, beyond what its derivation says. */
  unfit?(subject: Subject): string | undefined;
  /** What it starts from: one baseline, or a distribution of them. */
  readonly baselines?: 'one' | 'distribution';
  /** Whether it perturbs features that a mask groups. */
  readonly takesMask?: boolean;
  /** Whether it perturbs units of a layer that a mask groups. */
  readonly takesLayerMask?: boolean;
  /** Options that it needs and the caller has not given. */
  defaults?(extent: Extent): Readonly<Record<string, unknown>>;
  /** Makes the algorithm; of the options it takes those of the constructor. */
  make(model: ModelSource, options: PlainOptions): Attribution;
}

/** Why algorithms that shuffle among the examples do not fit a subject. */
export const needsSeveralExamples = ({ inputs }: Subject): string | undefined => (inputs[0].shape[0] < 2 ? 'needs a batch of at least 2 examples to shuffle among, got 1' : undefined);

export type Methods = Readonly<Record<string, Method>>;
