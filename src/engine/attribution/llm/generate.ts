import { LensError } from '../../../protocol/errors';
import type { Model } from '../../models/model';
import { throwIfCancelled, currentJob } from '../job';
import { nextTokenModel, promptBatch } from './languageModel';
import { scored } from './promptModel';

/** How an answer is generated. */
export interface GenArgs {
  /** Tokens at most. Default: 25. */
  maxNewTokens?: number;
}

/** Prompts of up to so many more tokens share a compiled graph. */
const LENGTH_STEP = 16;

/** The tokens with which a language model goes on, each the most probable one, until the end token. */
export async function generate(base: Model, prompt: readonly number[], eosTokenId: number | undefined, { maxNewTokens = 25 }: GenArgs = {}): Promise<number[]> {
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) throw new LensError('invalid-argument', `genArgs: maxNewTokens must be a whole number of at least 1, got ${maxNewTokens}`);
  const model = nextTokenModel(base);
  const generated: number[] = [];
  while (generated.length < maxNewTokens) {
    throwIfCancelled(currentJob());
    const { data } = await scored(model, promptBatch(base, [[...prompt, ...generated]], [0], LENGTH_STEP));
    const next = data.reduce((best, value, id) => (value > data[best] ? id : best), 0);
    if (next === eosTokenId) break;
    generated.push(next);
  }
  if (generated.length === 0) throw new LensError('invalid-argument', `Language model '${base.name}': it answers nothing to this prompt`, 'Give a target.');
  return generated;
}
