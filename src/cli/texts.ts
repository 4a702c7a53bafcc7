import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../protocol/errors';
import { loadTokenizer, readableTokens, type TokenizerLike } from '../engine/attribution/llm/tokenizer';
import type { Model, ModelPort } from '../engine/models/model';
import { withHints } from '../engine/presentation/hints';
import { perToken } from '../engine/presentation/tokens';
import { int64, type Tensor } from '../engine/tensor';

const MAX_BYTES = 2 ** 20;

/** Reads a text file. Throws `not-found`, or `invalid-argument` for more than a megabyte. */
export async function readText(file: string): Promise<string> {
  const name = path.basename(file);
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new LensError('not-found', `Text '${name}': there is no such file`);
  if (info.size > MAX_BYTES) throw new LensError('invalid-argument', `Text '${name}': texts up to ${MAX_BYTES} bytes can be read, got ${info.size}`);
  return readFile(file, 'utf8');
}

/** A text as what a model takes: its token ids, then what else the model takes of a text. */
export interface EncodedText {
  readonly inputs: Tensor[];
  readonly forwardArgs: Tensor[];
}

/**
 * The tokenizer of a model: the given file, or the tokenizer.json beside the model.
 *
 * @throws LensError `not-found` when there is none.
 */
export async function tokenizerOf(model: string, given: string | undefined): Promise<TokenizerLike> {
  if (given !== undefined) return loadTokenizer(given);
  const isFolder = (await stat(model).catch(() => undefined))?.isDirectory();
  const beside = path.join(isFolder ? model : path.dirname(model), 'tokenizer.json');
  if (await stat(beside).catch(() => undefined)) return loadTokenizer(beside);
  throw new LensError('not-found', `Texts need the model's tokenizer: there is no ${beside}`, 'Give --tokenizer FILE, a tokenizer.json of Hugging Face.');
}

/**
 * A text as the inputs of a model: token ids in its first input; ones in one named after a mask, zeros in one of token
 * types, places in one of positions. Where the model takes a fixed length, ids and mask end in zeros.
 *
 * @throws LensError `shape-mismatch` for a text that is too long, `invalid-argument` for a model that takes no ids.
 */
export function encodedText(text: string, tokenizer: TokenizerLike, model: Model): EncodedText {
  const [port, ...others] = model.inputs;
  const ids = tokenizer.encode(text);
  const length = port.shape.length === 2 && port.shape[1] > 0 ? port.shape[1] : ids.length;
  if (ids.length === 0 || ids.length > length) throw new LensError('shape-mismatch', `Text: model '${model.name}' takes ${ids.length === 0 ? 'at least 1 token' : `${length} tokens`}, the text has ${ids.length}`);
  const padded = Array.from({ length }, (_, index) => ids[index] ?? 0);
  const tokens = { texts: readableTokens(tokenizer, padded), attributionsOf: (attributions: Float32Array) => perToken(attributions, length) };
  return {
    inputs: [withHints(tensorFor(port, padded, model), { name: 'text', tokens })],
    forwardArgs: others.map((other) => tensorFor(other, padded.map((_, index) => valueFor(other, index, ids.length, model)), model)),
  };
}

function valueFor(port: ModelPort, index: number, tokens: number, model: Model): number {
  if (/mask/i.test(port.name)) return index < tokens ? 1 : 0;
  if (/type|segment/i.test(port.name)) return 0;
  if (/position/i.test(port.name)) return index;
  throw new LensError('invalid-argument', `Model '${model.name}': of a text only ids, masks, token types and positions are known, not its input '${port.name}'`, 'Give its inputs as .npy files.');
}

function tensorFor({ name, dtype }: ModelPort, values: readonly number[], model: Model): Tensor {
  if (dtype === 'int64') return int64(values, [1, values.length]);
  if (dtype === 'int32') return { dtype, shape: [1, values.length], data: Int32Array.from(values) };
  throw new LensError('invalid-argument', `Model '${model.name}': a text is given as token ids, but its input '${name}' is ${dtype}`, 'Texts (.txt) are for models that take token ids.');
}
