import { offsetAt, positionAt, type Position } from './position';

/** A part of the source, end exclusive. */
export interface Range {
  start: number;
  end: number;
}

/** Rewritten code that knows where each place of it came from. */
export interface Script {
  readonly code: string;
  /** The place in the source that a place of the code came from. */
  origin(position: Position): Position;
}

interface Edit extends Range {
  text: string;
  /** The syntax node the edit belongs to: it is rendered with the parts that contain the node. */
  anchor: Range;
}

/** A run of rendered code: copied from the source, or put in at an offset of it. */
interface Piece {
  rendered: number;
  source: number;
  copied: boolean;
}

/** Replacements in a source text that can be rendered in parts, everything else blank, so that lines stay where they were. */
export class SourceEdits {
  private readonly edits: Edit[] = [];

  constructor(private readonly source: string) {}

  replace(start: number, end: number, text: string, anchor: Range = { start, end }): void {
    this.edits.push({ start, end, text, anchor });
  }

  insert(offset: number, text: string, anchor: Range): void {
    this.replace(offset, offset, text, anchor);
  }

  /** Puts spaces in place of a range. */
  blank({ start, end }: Range): void {
    this.replace(start, end, blanked(this.source.slice(start, end)));
  }

  /** Puts an empty statement in place of a statement. */
  remove({ start, end }: Range): void {
    this.replace(start, end, emptyStatement(this.source.slice(start, end)));
  }

  /** The source with its edits, without the statements given. */
  without(statements: readonly Range[]): Script {
    const edits = this.edits.filter(({ anchor }) => !statements.some((statement) => contains(statement, anchor)));
    return this.render(edits, statements, emptyStatement);
  }

  /** Only the parts given, with their edits. */
  only(parts: readonly Range[]): Script {
    const gaps: Range[] = [];
    let end = 0;
    for (const part of parts) {
      gaps.push({ start: end, end: part.start });
      end = part.end;
    }
    gaps.push({ start: end, end: this.source.length });
    return this.render(this.edits.filter(({ anchor }) => parts.some((part) => contains(part, anchor))), gaps, blanked);
  }

  private render(edits: readonly Edit[], omitted: readonly Range[], placeholder: (text: string) => string): Script {
    const { source } = this;
    const omissions = omitted
      .filter(({ start, end }) => start < end)
      .map(({ start, end }) => ({ start, end, text: placeholder(source.slice(start, end)) }));
    // Stable: of the edits at one place, an insertion comes before what replaces the text behind it.
    const ordered = [...edits, ...omissions].sort((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start));
    let code = '';
    const pieces: Piece[] = [];
    let at = 0;
    for (const { start, end, text } of ordered) {
      pieces.push({ rendered: code.length, source: at, copied: true });
      code += source.slice(at, start);
      pieces.push({ rendered: code.length, source: start, copied: text.length === end - start });
      code += text;
      at = end;
    }
    pieces.push({ rendered: code.length, source: at, copied: true });
    code += source.slice(at);
    return { code, origin: (position) => positionAt(source, sourceOffset(pieces, offsetAt(code, position))) };
  }
}

function sourceOffset(pieces: readonly Piece[], offset: number): number {
  const piece = pieces.findLast(({ rendered }) => rendered <= offset);
  if (!piece) return offset;
  return piece.copied ? piece.source + offset - piece.rendered : piece.source;
}

const contains = (outer: Range, inner: Range): boolean => outer.start <= inner.start && inner.end <= outer.end;

const blanked = (text: string): string => text.replace(/[^\r\n\u2028\u2029]/g, ' ');

const emptyStatement = (text: string): string => `;${blanked(text.slice(1))}`;
