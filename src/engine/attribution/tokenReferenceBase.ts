import { LensError } from '../../protocol/errors';
import { int64, type Tensor } from '../tensor';

/** Baselines for sequences of tokens: one reference token, usually the padding, at every place. */
export class TokenReferenceBase {
  /** @param referenceTokenIdx The token's index in the vocabulary. Default: 0. */
  constructor(readonly referenceTokenIdx = 0) {
    requireWhole('referenceTokenIdx', referenceTokenIdx);
  }

  /** The reference of a sequence: [sequenceLength], int64. */
  generateReference(sequenceLength: number): Tensor<'int64'> {
    requireWhole('sequenceLength', sequenceLength);
    return int64(new BigInt64Array(sequenceLength).fill(BigInt(this.referenceTokenIdx)), [sequenceLength]);
  }
}

function requireWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new LensError('invalid-argument', `TokenReferenceBase: ${name} must be a whole number of at least 0, got ${value}`);
}
