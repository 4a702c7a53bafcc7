import { inspect } from 'node:util';
import { positionAt, type Position } from '../cell/position';
import { formatPlace, type CellPlace, type Scripts } from './scripts';

/** An error as a notebook shows it. */
export interface ShownError {
  name: string;
  message: string;
  /** The whole text to show, name and message included. */
  stack: string;
}

/** How deep causes and gathered errors are followed. */
const DEPTH = 4;

/**
 * Describes what was thrown: the message, the line of the cell with a caret, the frames that are the user's, and what
 * caused it. Never throws, whatever the value's getters do.
 *
 * @param where the place to show when the stack names none.
 */
export function formatError(thrown: unknown, scripts: Scripts, where?: CellPlace): ShownError {
  const { name, message } = nameAndMessage(thrown);
  const header = headerOf(name, message);
  const stack = textOf(thrown, 'stack');
  const place = scripts.firstPlace(stack) ?? where;
  const parts = [header, textOf(thrown, 'nextStep'), place && codeFrame(place), framesOf(stack, scripts), ...consequences(thrown, scripts, DEPTH)];
  return { name, message, stack: parts.filter((part) => part).join('\n\n') };
}

/** Describes code that could not be compiled. */
export function formatSyntaxError(message: string, cell: { cellName: string; source: string }, position: Position): ShownError {
  const place = within(position, cell);
  return { name: 'SyntaxError', message, stack: `${headerOf('SyntaxError', message)}\n\n${codeFrame(place)}\n\n    at ${formatPlace(place)}` };
}

/** Whether V8 threw a syntax error for the script itself, and not the script a syntax error of its own. */
export function isCompileError(thrown: unknown, scripts: Scripts): boolean {
  return textOf(thrown, 'name') === 'SyntaxError' && !scripts.firstPlace(textOf(thrown, 'stack'));
}

/** The causes of an error, and the errors that it gathers. */
function consequences(thrown: unknown, scripts: Scripts, depth: number): string[] {
  if (depth === 0) return ['...'];
  const cause = propertyOf(thrown, 'cause');
  const gathered = propertyOf(thrown, 'errors');
  const errors = Array.isArray(gathered) ? gathered : [];
  return [
    ...(cause === undefined ? [] : [`Caused by: ${summaryOf(cause, scripts, depth)}`]),
    ...errors.slice(0, 10).map((error) => `Error: ${summaryOf(error, scripts, depth)}`),
  ];
}

function summaryOf(thrown: unknown, scripts: Scripts, depth: number): string {
  const { name, message } = nameAndMessage(thrown);
  return [headerOf(name, message), framesOf(textOf(thrown, 'stack'), scripts), ...consequences(thrown, scripts, depth - 1)].filter((part) => part).join('\n');
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (thrown instanceof Error || (isObject(thrown) && textOf(thrown, 'message') !== '')) {
    return { name: textOf(thrown, 'name') || 'Error', message: textOf(thrown, 'message') };
  }
  return { name: 'Uncaught', message: safely(() => inspect(thrown, { depth: 2, maxArrayLength: 20, maxStringLength: 2000 })) };
}

/** Our own errors are written to be read without a name before them. */
const headerOf = (name: string, message: string): string => (!message ? name : name === 'LensError' ? message : `${name}: ${message}`);

/** A frame of the language itself, which belongs to whoever called it. */
const isBuiltIn = (frame: string): boolean => /<anonymous>|\(index \d+\)$/.test(frame);

/** The frames of a stack without what is internal, and without the engine's calls that led to the user's code. */
function framesOf(stack: string, scripts: Scripts): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const isShown = (index: number): boolean => {
    const caller = frames.slice(index).find((frame) => !isBuiltIn(frame));
    return caller !== undefined && !scripts.isInternalFrame(caller);
  };
  return scripts.rewrite(frames.filter((_, index) => isShown(index)).join('\n'));
}

/** Two lines before the place, its line with a caret below, and the line after. */
function codeFrame({ source, line, column, cellName }: CellPlace): string {
  const lines = source.split('\n');
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 1);
  const width = String(last).length;
  const shown = [`${cellName}, line ${line}:`];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1]!.replace(/\r$/, '');
    shown.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${clip(text)}`);
    if (number === line && column <= 200) shown.push(`  ${' '.repeat(width)} | ${text.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`);
  }
  return shown.join('\n');
}

const clip = (line: string): string => (line.length > 200 ? `${line.slice(0, 199)}…` : line);

/** A place held within the cell: V8 finds the end of input behind it. */
function within(position: Position, cell: { cellName: string; source: string }): CellPlace {
  const end = positionAt(cell.source, cell.source.trimEnd().length);
  return { ...cell, ...(position.line > end.line ? end : position) };
}

function textOf(value: unknown, key: string): string {
  const text = propertyOf(value, key);
  return typeof text === 'string' ? text : '';
}

function propertyOf(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

function safely(describe: () => string): string {
  try {
    return describe();
  } catch {
    return 'a value that cannot be shown';
  }
}

const isObject = (value: unknown): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function';
