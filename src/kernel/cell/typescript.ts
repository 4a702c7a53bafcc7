import { SourceMap } from 'node:module';
import { CellSyntaxError, type Position } from './position';
import type { Script } from './sourceEdits';

/** What amaro throws: a plain object, its positions 1-based lines and 0-based columns. */
interface AmaroFailure {
  code: string;
  message: string;
  startLine: number;
  startColumn: number;
}

/**
 * Turns TypeScript into JavaScript without checking types. Types are replaced by spaces, so that everything stays where
 * it was; only syntax that needs code of its own (enum, namespace, parameter properties) moves it.
 *
 * @throws CellSyntaxError with the place in the code.
 */
export function stripTypes(source: string): Script {
  const { transformSync } = loadAmaro();
  try {
    return { code: transformSync(source, { mode: 'strip-only' }).code, origin: (position) => position };
  } catch (error) {
    if (!isFailure(error)) throw error;
    if (error.code !== 'UnsupportedSyntax') throw syntaxError(error);
  }
  try {
    const { code, map } = transformSync(source, { mode: 'transform', sourceMap: true });
    return { code, origin: originBy(map ?? '') };
  } catch (error) {
    if (isFailure(error)) throw syntaxError(error);
    throw error;
  }
}

/** Four megabytes with the compiler inside; cells in JavaScript never need it. */
function loadAmaro(): typeof import('amaro') {
  return require('amaro');
}

function originBy(map: string): Script['origin'] {
  const sourceMap = new SourceMap(JSON.parse(map));
  return (position): Position => {
    const entry = sourceMap.findEntry(position.line - 1, position.column - 1);
    if (!('originalLine' in entry)) return position;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  };
}

function isFailure(error: unknown): error is AmaroFailure {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'startLine' in error;
}

function syntaxError({ message, startLine, startColumn }: AmaroFailure): CellSyntaxError {
  const short = message.replace(/ Expected an identifier, void, .*$/s, '').replaceAll('`', "'");
  return new CellSyntaxError(short, { line: startLine, column: startColumn + 1 });
}
