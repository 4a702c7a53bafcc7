import type { Program } from 'acorn';
import { analyze } from 'eslint-scope';
import type * as estree from 'estree';
import type { Range } from './sourceEdits';

/** The first assignment to a constant of the session or of the cell's own top level. */
export function findConstantAssignment(
  program: Program,
  isConstant: (name: string) => boolean,
): { name: string; at: Range } | undefined {
  const scopes = analyze(program as estree.Program, { ecmaVersion: 2024, sourceType: program.sourceType });
  const top = scopes.acquire(program as estree.Program, true);
  for (const scope of scopes.scopes) {
    for (const reference of scope.references) {
      const { identifier, resolved, init } = reference;
      const isTopLevel = !resolved || resolved.scope === top || resolved.scope === scopes.globalScope;
      if (!reference.isWrite() || init || !isTopLevel || identifier.type !== 'Identifier' || !isConstant(identifier.name)) continue;
      const { start, end } = identifier as unknown as Range;
      return { name: identifier.name, at: { start, end } };
    }
  }
  return undefined;
}
