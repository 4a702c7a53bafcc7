import type { InspectResult } from '../../protocol/kernel';
import { inspectValue } from '../display/display';
import { asModel } from '../display/modelView';
import { numbersOf, statistics } from '../display/statistics';
import { asTensor } from '../display/tensorView';
import type { Repl } from '../session/repl';
import { expressionAt } from './codeContext';
import { typeName } from './members';

/** What the expression under an offset is, when it can be read without side effects. */
export function inspectAt(repl: Repl, { code, offset }: { code: string; offset: number }): InspectResult | null {
  const found = expressionAt(code, offset);
  if (!found) return null;
  const expression = code.slice(found.start, found.end);
  const peeked = repl.peek(expression);
  if (!peeked) return null;
  const { value } = peeked;
  const result = { expression, range: [found.start, found.end] as [number, number], type: typeName(value) };
  const tensor = asTensor(value);
  if (tensor) {
    const facts = statistics(tensor, tensor.disposed ? null : numbersOf(tensor));
    return { ...result, type: tensor.type, tensor: tensor.disposed ? { ...facts, disposed: true } : facts };
  }
  const model = asModel(value);
  if (model) return { ...result, type: model.type, model: { name: model.name, inputs: model.inputs, outputs: model.outputs } };
  return { ...result, preview: inspectValue(value, { depth: 1, maxArrayLength: 10 }).slice(0, 500) };
}
