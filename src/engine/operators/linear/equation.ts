import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { text } from '../attributes';
import { invalid, mismatch } from '../context';

/** An Einsum equation without ellipsis: one letter for each axis of each operand and of the output. */
export interface Equation {
  readonly terms: readonly string[];
  readonly output: string;
  /** The length of each letter's axis. */
  readonly sizes: ReadonlyMap<string, number>;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Reads the attribute `equation` for operands of these shapes. An ellipsis is given letters that are free. */
export function equationOf(node: GraphNode, shapes: readonly Shape[]): Equation {
  const equation = text(node, 'equation').replaceAll(' ', '');
  const [left, right, ...more] = equation.split('->');
  const terms = left.split(',');
  const wrong = (problem: string): Error => invalid(node, `the equation '${equation}' ${problem}`);
  if (more.length > 0 || ![...terms, right ?? ''].every((term) => /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term))) throw wrong('cannot be read');
  if (terms.length !== shapes.length) throw wrong(`names ${terms.length} operands, got ${shapes.length}`);

  const hidden = terms.map((term, index) => (term.includes('...') ? shapes[index].length - (term.length - 3) : 0));
  if (hidden.some((count) => count < 0)) throw wrong(`does not fit operands of shapes ${shapes.map(formatShape).join(' and ')}`);
  const free = [...LETTERS].filter((letter) => !equation.includes(letter)).slice(0, Math.max(...hidden));
  const expand = (term: string, count: number): string => term.replace('...', free.slice(free.length - count).join(''));
  const full = terms.map((term, index) => expand(term, hidden[index]));
  const output = right === undefined ? implicit(full, free) : expand(right, free.length);
  const unknown = [...output].find((letter, index) => !full.some((term) => term.includes(letter)) || output.indexOf(letter) !== index);
  if (unknown !== undefined) throw wrong(`must name each output axis once and in an operand, got '${unknown}'`);
  return { terms: full, output, sizes: sizesOf(node, equation, full, shapes) };
}

/** Without '->': the ellipsis, then the letters that occur once, sorted. */
function implicit(terms: readonly string[], ellipsis: readonly string[]): string {
  const all = terms.join('');
  const once = [...new Set(all)].filter((letter) => !ellipsis.includes(letter) && all.indexOf(letter) === all.lastIndexOf(letter));
  return [...ellipsis, ...once.sort()].join('');
}

function sizesOf(node: GraphNode, equation: string, terms: readonly string[], shapes: readonly Shape[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [operand, term] of terms.entries()) {
    const shape = shapes[operand];
    if (term.length !== shape.length) throw mismatch(node, `the equation '${equation}' needs ${term.length} dimensions of operand ${operand}, got ${formatShape(shape)}`);
    for (const [axis, letter] of [...term].entries()) {
      const known = sizes.get(letter) ?? 1;
      if (known !== 1 && shape[axis] !== 1 && known !== shape[axis]) {
        throw mismatch(node, `axis '${letter}' of '${equation}' must have one length, got ${known} and ${shape[axis]}`);
      }
      sizes.set(letter, known === 1 ? shape[axis] : known);
    }
  }
  return sizes;
}
