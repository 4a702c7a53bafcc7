import { tokenizer, tokTypes, type Token } from 'acorn';
import type { Range } from '../cell/sourceEdits';

/** What stands at an offset of code that is being written, as far as completions care. */
export type CodeContext =
  | { kind: 'member'; object: string; replace: Range }
  | { kind: 'name'; replace: Range; /** The object literal that is an argument of a call, where a key would stand here. */ options?: OptionsContext }
  | { kind: 'specifier'; typed: string; replace: Range }
  | { kind: 'none' };

/** An object literal that is being written as an argument: `new IntegratedGradients(model).attribute(x, { | })`. */
export interface OptionsContext {
  /** What is called: `new IntegratedGradients`, `ig.attribute`, `new IntegratedGradients(model).attribute`. */
  callee: string;
  /** The position of the argument, from 0. */
  argument: number;
  /** The keys that are there already. */
  present: string[];
}

const OPENING: ReadonlySet<string> = new Set(['(', '[', '{', '${']);
const CLOSING: ReadonlySet<string> = new Set([')', ']', '}']);

/** Reads the code before an offset; what stands behind it need not be complete. */
export function contextAt(code: string, offset: number): CodeContext {
  const read = tokensBefore(code, offset);
  if (!read) return { kind: 'none' };
  const { tokens, openString } = read;
  if (openString !== undefined) {
    const typed = code.slice(openString + 1, offset);
    return isSpecifier(tokens) ? { kind: 'specifier', typed, replace: { start: openString + 1, end: offset } } : { kind: 'none' };
  }
  const last = tokens.at(-1);
  const partial = last && isWord(last) && last.end === offset ? last : undefined;
  const replace = { start: partial?.start ?? offset, end: offset };
  const before = partial ? tokens.slice(0, -1) : tokens;
  const previous = before.at(-1);
  if (previous?.type === tokTypes.dot || previous?.type === tokTypes.questionDot) {
    const object = expressionEndingAt(code, before.slice(0, -1));
    return object ? { kind: 'member', object: code.slice(object.start, object.end), replace } : { kind: 'none' };
  }
  return { kind: 'name', replace, options: optionsAround(code, before) };
}

/** The identifier or member chain under an offset: `model.layers[0].name` with the offset in `name`. */
export function expressionAt(code: string, offset: number): Range | undefined {
  let tokens: Token[];
  try {
    tokens = [...tokenizer(code, { ecmaVersion: 'latest' })];
  } catch {
    tokens = tokensBefore(code, code.length)?.tokens ?? [];
  }
  const index = tokens.findIndex((token) => isWord(token) && token.start <= offset && offset <= token.end);
  const token = tokens[index];
  if (!token) return undefined;
  const isKey = tokens[index + 1]?.type === tokTypes.colon && [tokTypes.braceL, tokTypes.comma].includes(tokens[index - 1]?.type ?? tokTypes.eof);
  return isKey ? undefined : expressionEndingAt(code, tokens.slice(0, index + 1));
}

/** The tokens before an offset; `openString` is where a string begins that the offset is in. Undefined in comments and templates. */
function tokensBefore(code: string, offset: number): { tokens: Token[]; openString?: number } | undefined {
  // The newline lets acorn see that `?.` is complete.
  const text = `${code.slice(0, offset)}\n`;
  const tokens: Token[] = [];
  let inComment = false;
  const onComment = (isBlock: boolean, _text: string, _start: number, end: number) => {
    inComment = !isBlock && end === offset;
  };
  try {
    for (const token of tokenizer(text, { ecmaVersion: 'latest', allowHashBang: true, onComment })) tokens.push(token);
  } catch (error) {
    const failure = error as { message: string; pos?: number };
    return /^Unterminated string/.test(failure.message) && failure.pos !== undefined ? { tokens, openString: failure.pos } : undefined;
  }
  return inComment ? undefined : { tokens };
}

const isWord = ({ type }: Token): boolean => type === tokTypes.name || type.keyword !== undefined || type === tokTypes._this;

/** Whether a string after these tokens names a module. */
function isSpecifier(tokens: readonly Token[]): boolean {
  const [last, beforeLast] = [tokens.at(-1), tokens.at(-2)];
  if (!last) return false;
  if (last.type === tokTypes._import || (last.type === tokTypes.name && textOf(last) === 'from')) return true;
  return last.type === tokTypes.parenL && beforeLast !== undefined && (beforeLast.type === tokTypes._import || textOf(beforeLast) === 'require');
}

/** The member chain, with indices and calls, that the tokens end with. */
function expressionEndingAt(code: string, tokens: readonly Token[]): Range | undefined {
  let index = tokens.length - 1;
  const end = tokens[index]?.end;
  if (end === undefined) return undefined;
  for (;;) {
    while (isClosed(tokens[index])) {
      const opening = matchingOpening(tokens, index);
      if (opening === undefined) return undefined;
      index = opening;
      const before = tokens[index - 1];
      // A parenthesised expression or an array literal stands for itself.
      if (!before || !(isWord(before) || isClosed(before) || before.type === tokTypes.questionDot)) return { start: tokens[index]!.start, end };
      index--;
      if (before.type === tokTypes.questionDot) index--;
    }
    const token = tokens[index];
    if (!token || !(isWord(token) || token.type === tokTypes.string)) return undefined;
    const before = tokens[index - 1];
    if (before?.type !== tokTypes.dot && before?.type !== tokTypes.questionDot) {
      return isReserved(code.slice(token.start, token.end)) ? undefined : { start: token.start, end };
    }
    index -= 2;
  }
}

const isClosed = (token: Token | undefined): boolean => token?.type === tokTypes.parenR || token?.type === tokTypes.bracketR;
const isReserved = (word: string): boolean => /^(?:import|new|return|typeof|void|await|delete|in|of|if|for|while|switch|const|let|var|function|class|export|case|throw)$/.test(word);

function matchingOpening(tokens: readonly Token[], closing: number): number | undefined {
  let depth = 0;
  for (let index = closing; index >= 0; index--) {
    const label = tokens[index]!.type.label;
    if (CLOSING.has(label)) depth++;
    else if (OPENING.has(label) && --depth === 0) return index;
  }
  return undefined;
}

/** The object literal around the end of the tokens, if a key can stand there and a call takes it. */
function optionsAround(code: string, tokens: readonly Token[]): OptionsContext | undefined {
  const previous = tokens.at(-1)?.type;
  if (previous !== tokTypes.braceL && previous !== tokTypes.comma) return undefined;
  const brace = enclosingOpening(tokens, tokens.length);
  if (brace === undefined || tokens[brace]!.type !== tokTypes.braceL) return undefined;
  const paren = enclosingOpening(tokens, brace);
  const before = tokens[brace - 1]?.type;
  if (paren === undefined || tokens[paren]!.type !== tokTypes.parenL || (before !== tokTypes.parenL && before !== tokTypes.comma)) return undefined;
  const callee = expressionEndingAt(code, tokens.slice(0, paren));
  if (!callee) return undefined;
  const constructs = tokens.some(({ type }, index) => type === tokTypes._new && tokens[index + 1]?.start === callee.start);
  return {
    callee: `${constructs ? 'new ' : ''}${code.slice(callee.start, callee.end)}`,
    argument: topLevelCommas(tokens.slice(paren + 1, brace)),
    present: keysOf(tokens.slice(brace + 1)),
  };
}

/** The bracket that is open before a token. */
function enclosingOpening(tokens: readonly Token[], before: number): number | undefined {
  let depth = 0;
  for (let index = before - 1; index >= 0; index--) {
    const label = tokens[index]!.type.label;
    if (CLOSING.has(label)) depth++;
    else if (OPENING.has(label) && depth-- === 0) return index;
  }
  return undefined;
}

function topLevelCommas(tokens: readonly Token[]): number {
  let depth = 0;
  let commas = 0;
  for (const { type } of tokens) {
    if (OPENING.has(type.label)) depth++;
    else if (CLOSING.has(type.label)) depth--;
    else if (type === tokTypes.comma && depth === 0) commas++;
  }
  return commas;
}

function keysOf(tokens: readonly Token[]): string[] {
  let depth = 0;
  const keys: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (OPENING.has(token.type.label)) depth++;
    else if (CLOSING.has(token.type.label)) depth--;
    else if (depth === 0 && isWord(token) && (index === 0 || tokens[index - 1]!.type === tokTypes.comma)) keys.push(textOf(token));
  }
  return keys;
}

function textOf(token: Token): string {
  // acorn's own types leave out the text that every word token carries.
  const { value } = token as unknown as { value: unknown };
  return String(value);
}
