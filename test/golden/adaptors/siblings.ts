import { isTensor, readCase, readIndex, Tuple, type GoldenCase, type GoldenValue } from '../goldenFolder';

/** What says which numbers a case computes, besides the variant of its model. */
const FIELDS = ['model', 'wrapped_method', 'layer', 'neuron_selector', 'constructor', 'inputs', 'inputs_is_tuple', 'call', 'noise_tunnel_call', 'forward_wrapper', 'lrp_rules', 'random'];

/**
 * The case that shows the published value of one with quirks: the same method, inputs and arguments, where Captum shows no
 * quirk because modules are separated, or are no function calls.
 */
export function siblingOf(golden: GoldenCase): GoldenCase | undefined {
  const wanted = meaningOf(golden);
  return published(golden).find((other) => meaningOf(other) === wanted);
}

/** The cases of the same method and model without quirks that have these fields. */
export function casesLike(golden: GoldenCase, fields: Readonly<Record<string, unknown>>): GoldenCase[] {
  const wanted = Object.entries({ model: golden.json.model, ...fields });
  return published(golden).filter(({ json }) => wanted.every(([name, value]) => json[name] === value));
}

/** The cases of the same method for which Captum gives values without a quirk. */
function published({ folder, method }: GoldenCase): GoldenCase[] {
  const cases = readIndex(folder, { method }).map((entry) => readCase(folder, entry));
  return cases.filter(({ json, expectedError }) => !expectedError && !(Array.isArray(json.quirks) && json.quirks.length > 0));
}

const meaningOf = (golden: GoldenCase): string => JSON.stringify(FIELDS.map((name) => plain(golden.field(name) ?? null)));

function plain(value: GoldenValue): unknown {
  if (isTensor(value)) return [value.shape, Array.from(value.data)];
  if (value instanceof Tuple) return { tuple: value.items.map(plain) };
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) : value;
}
