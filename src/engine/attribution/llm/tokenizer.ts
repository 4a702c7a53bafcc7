import type { Tokenizer } from '@huggingface/tokenizers';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../../../protocol/errors';

/** What attribution asks of a tokenizer; any object with these four functions will do. */
export interface TokenizerLike {
  /** The token ids of a text. `addSpecialTokens: false` leaves out what the tokenizer puts around every text. Default: true. */
  encode(text: string, options?: { addSpecialTokens?: boolean }): number[];
  decode(ids: readonly number[]): string;
  convertIdsToTokens(ids: readonly number[]): string[];
  /** Throws for a token that is not in the vocabulary. */
  convertTokensToIds(tokens: readonly string[]): number[];
  /** Generation stops before this token. */
  readonly eosTokenId?: number;
}

/** Larger files are no vocabularies. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Loads a tokenizer of Hugging Face's format: a `tokenizer.json` (BPE, WordPiece or Unigram), or the folder that holds it.
 * A `tokenizer_config.json` beside it is used where there is one. Relative paths start at the notebook's folder.
 *
 * @throws LensError `not-found`, or `invalid-argument` for a file that is no tokenizer.
 */
export async function loadTokenizer(source: string): Promise<TokenizerLike> {
  const given = path.resolve(source);
  const info = await stat(given).catch(() => undefined);
  if (!info) throw new LensError('not-found', `Tokenizer '${source}': there is no such file or folder`, `Relative paths start at ${process.cwd()}.`);
  const file = info.isDirectory() ? path.join(given, 'tokenizer.json') : given;
  const [json, config] = [await readJson(file), await readJson(path.join(path.dirname(file), 'tokenizer_config.json'), {})];
  const { Tokenizer } = await import('@huggingface/tokenizers');
  try {
    return new LoadedTokenizer(new Tokenizer(json, config), eosOf(config));
  } catch (error) {
    throw new LensError('invalid-argument', `Tokenizer '${path.basename(file)}': cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

class LoadedTokenizer implements TokenizerLike {
  readonly eosTokenId?: number;

  constructor(
    private readonly tokenizer: Tokenizer,
    eosToken: string | undefined,
  ) {
    this.eosTokenId = eosToken === undefined ? undefined : tokenizer.token_to_id(eosToken);
  }

  encode(text: string, { addSpecialTokens = true }: { addSpecialTokens?: boolean } = {}): number[] {
    return [...this.tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids];
  }

  decode(ids: readonly number[]): string {
    return this.tokenizer.decode([...ids]);
  }

  convertIdsToTokens(ids: readonly number[]): string[] {
    return ids.map((id) => this.tokenizer.id_to_token(id) ?? `[${id}]`);
  }

  convertTokensToIds(tokens: readonly string[]): number[] {
    return tokens.map((token) => {
      const id = this.tokenizer.token_to_id(token);
      if (id === undefined) throw new LensError('not-found', `Tokenizer: there is no token '${token}' in the vocabulary`, 'Write it as the tokenizer does; encode() shows the ids of a text.');
      return id;
    });
  }
}

/** The text of each token as people read it; the token itself where it is no text of its own, such as a part of a character. */
export function readableTokens(tokenizer: TokenizerLike, ids: readonly number[]): string[] {
  const tokens = tokenizer.convertIdsToTokens(ids);
  return ids.map((id, index) => {
    const text = tokenizer.decode([id]);
    return text === '' || text.includes('\uFFFD') ? tokens[index] : text;
  });
}

async function readJson(file: string, otherwise?: object): Promise<object> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile() && otherwise) return otherwise;
  if (!info?.isFile()) throw new LensError('not-found', `Tokenizer: there is no file ${file}`);
  if (info.size > MAX_BYTES) throw new LensError('invalid-argument', `Tokenizer '${path.basename(file)}': a file has at most ${MAX_BYTES} bytes, this one has ${info.size}`);
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof json === 'object' && json !== null) return json;
  } catch {
    // said below
  }
  throw new LensError('invalid-argument', `Tokenizer '${path.basename(file)}': is not JSON`);
}

/** `"</s>"`, or `{ "content": "</s>" }`. */
function eosOf(config: object): string | undefined {
  const eos: unknown = 'eos_token' in config ? config.eos_token : undefined;
  if (typeof eos === 'string') return eos;
  return typeof eos === 'object' && eos !== null && 'content' in eos && typeof eos.content === 'string' ? eos.content : undefined;
}
