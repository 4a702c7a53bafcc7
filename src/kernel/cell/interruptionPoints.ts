import type { Program, Statement } from 'acorn';
import { simple } from 'acorn-walk';
import type { SourceEdits } from './sourceEdits';

/** The global function that ends a loop of an interrupted cell by throwing. */
export const INTERRUPTION_POINT = '__interruptionPoint__';

/**
 * Lets every round of every loop ask whether the cell was interrupted. Terminating the thread instead would leave
 * `finally` blocks out, drop pending microtasks and corrupt Node's own state when the loop runs inside a timer.
 */
export function insertInterruptionPoints(program: Program, edits: SourceEdits): void {
  const check = ({ body }: { body: Statement }) => {
    if (body.type === 'BlockStatement') {
      edits.insert(body.start + 1, `${INTERRUPTION_POINT}();`, body);
      return;
    }
    edits.insert(body.start, `{${INTERRUPTION_POINT}();`, body);
    edits.insert(body.end, '}', body);
  };
  simple(program, { ForStatement: check, ForInStatement: check, ForOfStatement: check, WhileStatement: check, DoWhileStatement: check });
}
