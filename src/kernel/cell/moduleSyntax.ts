import type { ExportDefaultDeclaration, ExportNamedDeclaration, ImportDeclaration, Program } from 'acorn';
import { simple } from 'acorn-walk';
import { CellSyntaxError, positionAt } from './position';
import type { SourceEdits } from './sourceEdits';

/** Stands for `import` where it is called; as long, so that nothing moves. */
export const DYNAMIC_IMPORT = '_imprt';
/** Stands for `import.meta`; as long, so that nothing moves. */
export const IMPORT_META = '_importMeta';

/** One import declaration: the module, and the names it binds. */
export interface ImportRequest {
  specifier: string;
  bindings: ImportBinding[];
  /** Where the declaration stands, for errors. */
  offset: number;
}

export interface ImportBinding {
  local: string;
  /** An exported name, or `*` for the module itself. */
  imported: string;
}

/** Takes import and export declarations out of a cell, which is no module to V8, and returns the imports to be done. */
export function rewriteModuleSyntax(program: Program, source: string, edits: SourceEdits): ImportRequest[] {
  const imports: ImportRequest[] = [];
  for (const statement of program.body) {
    switch (statement.type) {
      case 'ImportDeclaration':
        edits.remove(statement);
        imports.push(importRequest(statement));
        break;
      case 'ExportAllDeclaration':
        throw reExportError(source, statement.start);
      case 'ExportNamedDeclaration':
        rewriteExport(statement, source, edits);
        break;
      case 'ExportDefaultDeclaration':
        rewriteDefaultExport(statement, edits);
        break;
    }
  }
  simple(program, {
    ImportExpression: ({ start }) => edits.replace(start, start + 'import'.length, DYNAMIC_IMPORT),
    MetaProperty({ meta, start, end }) {
      if (meta.name === 'import') edits.replace(start, end, IMPORT_META.padEnd(end - start));
    },
  });
  return imports;
}

function importRequest({ source, specifiers, start }: ImportDeclaration): ImportRequest {
  return {
    specifier: String(source.value),
    bindings: specifiers.map((specifier) => ({
      local: specifier.local.name,
      imported: specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*',
    })),
    offset: start,
  };
}

/** `export const a = 1` keeps its declaration; `export { a }` goes, since a session's names are in scope anyway. */
function rewriteExport(statement: ExportNamedDeclaration, source: string, edits: SourceEdits): void {
  if (statement.source) throw reExportError(source, statement.start);
  if (statement.declaration) edits.blank({ start: statement.start, end: statement.declaration.start });
  else edits.remove(statement);
}

/** `export default f(x)` keeps its value, as the last expression of a cell for example. */
function rewriteDefaultExport({ start, declaration }: ExportDefaultDeclaration, edits: SourceEdits): void {
  edits.blank({ start, end: declaration.start });
  const isDeclaration = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
  if (isDeclaration && declaration.id) return;
  edits.insert(declaration.start, ';(', declaration);
  edits.insert(declaration.end, ')', declaration);
}

function reExportError(source: string, offset: number): CellSyntaxError {
  return new CellSyntaxError('A cell is not a module, so it cannot re-export; import the names instead', positionAt(source, offset));
}

function nameOf(node: { type: 'Identifier'; name: string } | { type: 'Literal'; value?: unknown }): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}
