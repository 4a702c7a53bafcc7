import type { Position } from '../cell/position';
import type { Script } from '../cell/sourceEdits';

/** A script that ran, or the part of one: what its stack frames mean. */
export interface KnownScript {
  cellName: string;
  /** The code of the cell as the user wrote it. */
  source: string;
  script: Script;
}

/** A place in a cell. */
export interface CellPlace extends Position {
  cellName: string;
  source: string;
}

const PREFIX = 'attribution-lens-cell-';
const FRAME = new RegExp(`${PREFIX}(\\d+):(\\d+):(\\d+)`);
const FRAMES = new RegExp(FRAME.source, 'g');

/** Every script of a session by the name it has in stack traces, so that traces can speak of cells. */
export class Scripts {
  private readonly scripts: KnownScript[] = [];

  constructor(
    /** The file of the kernel itself: its frames are nobody's business. */
    private readonly kernelFile: string,
  ) {}

  /** Makes a script known; returns its name in stack traces. */
  add(script: KnownScript): string {
    return `${PREFIX}${this.scripts.push(script) - 1}`;
  }

  /** The first place in a cell that a stack trace names. */
  firstPlace(stack: string): CellPlace | undefined {
    const match = FRAME.exec(stack);
    return match ? this.place(match) : undefined;
  }

  /** Rewrites the stack traces in a text: cells by their names, and no frame that is Node's or the kernel's. */
  rewrite(text: string): string {
    if (!text.includes(PREFIX)) return text;
    return text
      .split('\n')
      .filter((line) => !this.isInternalFrame(line))
      .join('\n')
      .replace(FRAMES, (...match) => {
        const place = this.place(match);
        return place ? formatPlace(place) : match[0];
      });
  }

  isInternalFrame(line: string): boolean {
    return /^\s+at /.test(line) && (/[ (]node:/.test(line) || line.includes(this.kernelFile));
  }

  private place([, index, line, column]: ArrayLike<string> & Iterable<string>): CellPlace | undefined {
    const known = this.scripts[Number(index)];
    return known && { cellName: known.cellName, source: known.source, ...known.script.origin({ line: Number(line), column: Number(column) }) };
  }
}

/** `Cell 3:2:7` */
export const formatPlace = ({ cellName, line, column }: Position & { cellName: string }): string => `${cellName}:${line}:${column}`;
