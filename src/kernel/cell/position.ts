/** A place in the code of a cell as editors count: line and column from 1, columns in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** The position of an offset of a text. */
export function positionAt(text: string, offset: number): Position {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', end + 1)) line++;
  return { line, column: offset - lineStart + 1 };
}

/** The offset of a position of a text, held within its line. */
export function offsetAt(text: string, { line, column }: Position): number {
  let start = 0;
  for (let skipped = 1; skipped < line; skipped++) {
    const end = text.indexOf('\n', start);
    if (end === -1) return text.length;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + column - 1, end === -1 ? text.length : end);
}

/** Code that cannot be compiled, with the place in the cell. */
export class CellSyntaxError extends SyntaxError {
  constructor(
    message: string,
    readonly position: Position,
  ) {
    super(message);
    this.name = 'SyntaxError';
  }
}
