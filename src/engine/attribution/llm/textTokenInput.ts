import { LensError } from '../../../protocol/errors';
import { InterpretableInput } from './interpretableInput';
import { readableTokens, type TokenizerLike } from './tokenizer';

export interface TextTokenInputOptions {
  /** The token, or its id, that stands in for one that is removed. Default: 0. */
  baselines?: number | string;
  /** Tokens, or ids, that always stay and are not attributed to. */
  skipTokens?: readonly (number | string)[];
}

/** A prompt whose tokens are attributed to. */
export class TextTokenInput extends InterpretableInput {
  readonly values: readonly string[];
  protected readonly featureOf: readonly number[];
  /** The token ids of the prompt. */
  readonly ids: readonly number[];
  /** The places of the tokens that are attributed to. */
  readonly places: readonly number[];
  /** The id of the token that stands in for one that is removed. */
  readonly baseline: number;

  /** @throws LensError `invalid-argument` when no token is left to be attributed to. */
  constructor(text: string, tokenizer: TokenizerLike, { baselines = 0, skipTokens = [] }: TextTokenInputOptions = {}) {
    super();
    const skipped = new Set(idsOf(skipTokens, tokenizer));
    this.ids = tokenizer.encode(text);
    this.places = this.ids.flatMap((id, place) => (skipped.has(id) ? [] : [place]));
    if (this.places.length === 0) throw new LensError('invalid-argument', `TextTokenInput: the text must have at least one token that is not skipped, got '${text.slice(0, 40)}'`);
    this.values = readableTokens(tokenizer, this.places.map((place) => this.ids[place]));
    this.featureOf = this.places.map((_, index) => index);
    [this.baseline] = idsOf([baselines], tokenizer);
  }

  override toModelInput(kept?: ArrayLike<number>): number[] {
    const ids = [...this.ids];
    for (const [value, place] of this.places.entries()) if (!this.keeps(kept, value)) ids[place] = this.baseline;
    return ids;
  }
}

/** Ids of tokens that are given as such or as ids. */
export const idsOf = (tokens: readonly (number | string)[], tokenizer: TokenizerLike): number[] => tokens.map((token) => (typeof token === 'number' ? token : tokenizer.convertTokensToIds([token])[0]));
