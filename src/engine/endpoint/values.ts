import { LensError } from '../../protocol/errors';
import { isEngineTensor } from '../attribution/tensorLike';
import { float32, tensor, type Tensor } from '../tensor';

/**
 * Values between Python and the engine: JSON, in which an object with one of these names as its only one stands for
 * something that JSON has not.
 *
 * - `$tensor`: the name of a tensor in the safetensors file beside it
 * - `$tuple`: the items of a Python tuple; the engine has lists for both
 * - `$model`, `$object`, `$explanation`: the number under which a connection keeps it
 * - `$callback`: the number of a Python function
 * - `$layer`: the name of a layer
 * - `$slice`: start, stop and step of a range of neurons
 * - `$bigint`, `$number` (`NaN`, `Infinity`, `-Infinity`)
 */
export type Reference = '$model' | '$object' | '$explanation';

/** What references in values stand for. */
export interface ValueReader {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The thing under a number. Throws `not-found` when there is none. */
  kept(kind: Reference, number: number): unknown;
  /** A function of Python. */
  callback(number: number): (...values: unknown[]) => Promise<unknown>;
}

const MOST_NESTED = 64;
const NUMBERS: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

/**
 * Reads a value that came from outside. Names of an object whose value is null are left out: Python's None leaves an
 * option at its default.
 *
 * @throws LensError `invalid-argument` for what is not a value, `not-found` for references to nothing.
 */
export function decodeValue(value: unknown, reader: ValueReader, depth = 0): unknown {
  if (depth > MOST_NESTED) refuse(`values are nested at most ${MOST_NESTED} levels deep`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => decodeValue(item, reader, depth + 1));
  const entries = Object.entries(value);
  const [[tag, content] = ['', undefined]] = entries;
  if (tag.startsWith('$')) {
    if (entries.length > 1) refuse(`'${tag}' must stand alone`);
    return decodeTagged(tag, content, reader, depth);
  }
  if (Object.hasOwn(value, '__proto__')) refuse("'__proto__' is no name of an option");
  return Object.fromEntries(entries.flatMap(([name, item]) => (item === null ? [] : [[name, decodeValue(item, reader, depth + 1)]])));
}

function decodeTagged(tag: string, content: unknown, reader: ValueReader, depth: number): unknown {
  switch (tag) {
    case '$tensor': {
      const found = typeof content === 'string' ? reader.tensors.get(content) : undefined;
      return found ?? refuse(`there is no tensor ${JSON.stringify(content)}`);
    }
    case '$tuple':
      return Array.isArray(content) ? content.map((item) => decodeValue(item, reader, depth + 1)) : refuse('a tuple must be a list');
    case '$model':
    case '$object':
    case '$explanation':
      return reader.kept(tag, wholeNumber(content, tag));
    case '$callback':
      return reader.callback(wholeNumber(content, tag));
    case '$layer':
      return typeof content === 'string' ? content : refuse('the name of a layer must be a string');
    case '$slice':
      return readSlice(content);
    case '$bigint':
      return typeof content === 'string' && /^-?\d{1,40}$/.test(content) ? BigInt(content) : refuse('a $bigint must be a string of digits');
    case '$number':
      return typeof content === 'string' && Object.hasOwn(NUMBERS, content) ? NUMBERS[content] : refuse('a $number must be NaN, Infinity or -Infinity');
    default:
      return refuse(`'${tag}' is not known`);
  }
}

const wholeNumber = (value: unknown, tag: string): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse(`${tag} must be a whole number`));

function readSlice(content: unknown): { start: number | null; stop: number | null; step: number | null } {
  const isPart = (part: unknown): part is number | null => part === null || Number.isSafeInteger(part);
  if (!Array.isArray(content) || content.length !== 3 || !content.every(isPart)) return refuse('a $slice must be a list of start, stop and step');
  const [start, stop, step] = content;
  return { start, stop, step };
}

type Keep = (value: object) => Readonly<Record<string, unknown>>;

/**
 * The inverse of {@link decodeValue}: JSON, and the tensors to be sent beside it. A list that holds a tensor is a tuple.
 *
 * @param keep Keeps what cannot be sent (a model, an algorithm, a function) and returns the JSON that stands for it.
 */
export function encodeValue(value: unknown, keep: Keep, tensors: Tensor[] = []): { json: unknown; tensors: readonly Tensor[] } {
  return { json: encode(value, keep, tensors, 0), tensors };
}

function encode(value: unknown, keep: Keep, tensors: Tensor[], depth: number): unknown {
  if (depth > MOST_NESTED) refuse(`values are nested at most ${MOST_NESTED} levels deep`);
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'string':
    case 'boolean':
      return value;
    case 'function':
      return keep(value);
    case 'object':
      return value === null ? null : encodeObject(value, keep, tensors, depth);
    default:
      return null;
  }
}

function encodeObject(value: object, keep: Keep, tensors: Tensor[], depth: number): unknown {
  const found = isEngineTensor(value) ? value : vector(value);
  if (found) return { $tensor: String(tensors.push(found) - 1) };
  const inner = (item: unknown): unknown => encode(item, keep, tensors, depth + 1);
  if (Array.isArray(value)) return value.some(isEngineTensor) ? { $tuple: value.map(inner) } : value.map(inner);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return keep(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inner(item)]));
}

/** Plain arrays of elements are vectors. */
function vector(value: object): Tensor | undefined {
  if (value instanceof Float32Array) return float32(value, [value.length]);
  if (value instanceof Float64Array) return float32(value, [value.length]);
  if (value instanceof Uint8Array) return tensor('uint8', value, [value.length]);
  if (value instanceof Int32Array) return tensor('int32', value, [value.length]);
  if (value instanceof BigInt64Array) return tensor('int64', value, [value.length]);
  return undefined;
}

function refuse(why: string): never {
  throw new LensError('invalid-argument', `A value cannot be read: ${why}`);
}
