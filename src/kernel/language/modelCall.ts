import { parseExpressionAt, type CallExpression, type Expression } from 'acorn';
import { LensError } from '../../protocol/errors';
import { CellSyntaxError } from '../cell/position';
import { stripTypes } from '../cell/typescript';

/** An expression that someone wants attributed, taken apart. Texts are JavaScript. */
export type Attributable =
  | { kind: 'call'; /** `model` of `model.predict(x)`, `f` of `f(x)`. */ model: string; method?: string; arguments: string[] }
  | { kind: 'value'; expression: string };

/** Methods that run a model on their first argument. */
const MODEL_METHODS: ReadonlySet<string> = new Set(['predict', 'predictOnBatch', 'execute', 'executeAsync', 'apply', 'call', 'classify']);

const EXAMPLE = 'Select a model call such as model.predict(x), or a tensor.';

/**
 * Takes an expression apart without running it.
 *
 * @throws LensError `invalid-argument` when it is empty, or no single expression.
 */
export function takeApart(selection: string): Attributable {
  const selected = selection.trim().replace(/;+$/, '');
  if (selected === '') throw new LensError('invalid-argument', 'Nothing is selected', EXAMPLE);
  const code = withoutTypes(selected);
  const text = ({ start, end }: { start: number; end: number }) => code.slice(start, end);
  const expression = unwrapped(parse(code));
  if (expression.type !== 'CallExpression') return { kind: 'value', expression: text(expression) };
  const { callee } = expression;
  const given = argumentsOf(expression).map(text);
  if (callee.type === 'MemberExpression' && !callee.computed && callee.property.type === 'Identifier' && MODEL_METHODS.has(callee.property.name)) {
    return { kind: 'call', model: text(callee.object), method: callee.property.name, arguments: given.slice(0, 1) };
  }
  if (callee.type === 'Identifier') return { kind: 'call', model: callee.name, arguments: given };
  return { kind: 'value', expression: text(expression) };
}

function withoutTypes(code: string): string {
  try {
    // In parentheses, what starts with a brace is an object.
    const { code: stripped } = stripTypes(`(${code})`);
    return stripped.trim().replace(/;$/, '').slice(1, -1).trim();
  } catch (error) {
    if (error instanceof CellSyntaxError) throw noExpression(code, error.message);
    throw error;
  }
}

function parse(code: string): Expression {
  try {
    const expression = parseExpressionAt(code, 0, { ecmaVersion: 'latest', allowAwaitOutsideFunction: true });
    if (code.slice(expression.end).trim() === '') return expression;
  } catch (error) {
    throw noExpression(code, error instanceof Error ? error.message : String(error));
  }
  throw noExpression(code, 'something follows it');
}

function noExpression(code: string, reason: string): LensError {
  const short = code.length > 60 ? `${code.slice(0, 59)}…` : code;
  return new LensError('invalid-argument', `The selection '${short}' is not one whole expression: ${reason}`, EXAMPLE);
}

/** The expression within `await`, parentheses having gone with parsing. */
function unwrapped(expression: Expression): Expression {
  return expression.type === 'AwaitExpression' ? unwrapped(expression.argument) : expression;
}

function argumentsOf({ arguments: given }: CallExpression): Expression[] {
  return given.filter((argument): argument is Expression => argument.type !== 'SpreadElement');
}
