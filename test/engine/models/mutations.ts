import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../../src/engine/graph/onnx_pb';
import { allOperators } from '../../../src/engine/operators/registry';

/** Gives whole numbers from 0 up to, but not including, `below`. */
type Random = (below: number) => number;

/** A small generator of pseudo-random numbers (mulberry32), so that a failing mutation can be made again from its seed. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export type Mutation = (bytes: Uint8Array, next: Random) => Uint8Array;

const HUGE = [0xff, 0xff, 0xff, 0xff, 0x07];

const replace = (bytes: Uint8Array, start: number, end: number, by: ArrayLike<number>): Uint8Array => Uint8Array.from([...bytes.subarray(0, start), ...Array.from(by), ...bytes.subarray(end)]);

/** What can happen to any file, by accident or design. */
export const byteMutations: Readonly<Record<string, Mutation>> = {
  'cut short': (bytes, next) => bytes.slice(0, next(bytes.length)),
  'one flipped bit': (bytes, next) => {
    const result = new Uint8Array(bytes);
    result[next(result.length)] ^= 1 << next(8);
    return result;
  },
  'flipped bits': (bytes, next) => {
    const result = new Uint8Array(bytes);
    for (let count = 2 + next(8); count > 0; count--) result[next(result.length)] ^= 1 << next(8);
    return result;
  },
  'a huge number put in': (bytes, next) => {
    const at = next(bytes.length);
    return replace(bytes, at, at + 1, HUGE);
  },
  'bytes taken out': (bytes, next) => {
    const at = next(bytes.length);
    return replace(bytes, at, at + 1 + next(20), []);
  },
  'random bytes': (bytes, next) => Uint8Array.from({ length: next(bytes.length) }, () => next(256)),
};

/** What can happen to an ONNX file. */
export const mutations: Readonly<Record<string, Mutation>> = {
  ...byteMutations,
  'one changed field': (bytes, next) => changeFields(bytes, next, 1),
  'two changed fields': (bytes, next) => changeFields(bytes, next, 2),
  'ten changed fields': (bytes, next) => changeFields(bytes, next, 10),
};

/** What can happen to a JSON file: damaged text, and values of other types and sizes in the places of others. */
export const jsonMutations: Readonly<Record<string, Mutation>> = {
  ...byteMutations,
  'one changed value': (bytes, next) => changeValues(bytes, next, 1),
  'two changed values': (bytes, next) => changeValues(bytes, next, 2),
  'ten changed values': (bytes, next) => changeValues(bytes, next, 10),
};

function changeValues(bytes: Uint8Array, next: Random, count: number): Uint8Array {
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const holders: Record<string, unknown>[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    holders.push(value as Record<string, unknown>);
    Object.values(value).forEach(collect);
  };
  collect(json);
  const all = holders.flatMap((holder) => Object.keys(holder).map((key) => ({ holder, key })));
  const other = [null, true, false, 0, -1, 1, 2, 0.5, 7, 1000, 2 ** 31, -(2 ** 31), 1e300, '', 'x', '__proto__', [], [1, 2], {}, [[]], { a: 1 }];
  for (let change = 0; change < count; change++) {
    const { holder, key } = all[next(all.length)];
    const kind = next(4);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[key] = structuredClone(all[next(all.length)].holder[key] ?? null);
    else if (kind === 2 && typeof holder[key] === 'number') holder[key] = Number(holder[key]) + 1;
    else holder[key] = other[next(other.length)];
  }
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Decodes the file, gives fields other values of their type, and encodes it again: well-formed, but with another meaning. */
function changeFields(bytes: Uint8Array, next: Random, count: number): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const fields = fieldsOf(model);
  const texts = fields.map(({ holder, key }) => holder[key]).filter((value) => typeof value === 'string');
  for (let change = 0; change < count; change++) {
    const { holder, key } = fields[next(fields.length)];
    holder[key] = changed(holder[key], next, texts);
  }
  try {
    return toBinary(ModelProtoSchema, model);
  } catch {
    return bytes; // a number that its field cannot hold
  }
}

/** Where a value that is not a message is stored. */
interface Field {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function fieldsOf(root: object): Field[] {
  const fields: Field[] = [];
  const stack: object[] = [root];
  for (let object = stack.pop(); object; object = stack.pop()) {
    const holder = object as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      const value = holder[key];
      if (key === '$typeName' || key === '$unknown' || key === 'case') continue;
      if (!(value instanceof Uint8Array) && typeof value === 'object' && value !== null) stack.push(value);
      if (typeof value !== 'object' || value instanceof Uint8Array || (Array.isArray(value) && value.length > 0)) fields.push({ holder, key });
    }
  }
  return fields;
}

function changed(value: unknown, next: Random, texts: readonly string[]): unknown {
  const integers = [0, 1, -1, 2, 3, 7, 64, -2, 1000, 2 ** 31 - 1, -(2 ** 31)];
  if (typeof value === 'bigint') return [...integers.map(BigInt), value + 1n, value - 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)][next(integers.length + 5)];
  if (typeof value === 'number') return [...integers, value + 1, value - 1][next(integers.length + 2)];
  if (typeof value === 'string') return next(2) === 0 ? texts[next(texts.length)] : ['', 'x', ...allOperators().map(({ type }) => type)][next(allOperators().length + 2)];
  if (value instanceof Uint8Array) return [value.slice(0, next(value.length + 1)), new Uint8Array(value.length + 4), Uint8Array.of(next(256))][next(3)];
  if (!Array.isArray(value)) return value;
  const at = next(value.length);
  return [value.filter((_, index) => index !== at), [...value, value[at]], value.toReversed(), []][next(4)];
}
