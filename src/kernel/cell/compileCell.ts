import { parse, type Program } from 'acorn';
import { findConstantAssignment } from './constants';
import { rewriteDeclarations } from './declarations';
import { insertInterruptionPoints } from './interruptionPoints';
import { rewriteModuleSyntax, type ImportRequest } from './moduleSyntax';
import { CellSyntaxError, positionAt } from './position';
import { SourceEdits, type Script } from './sourceEdits';
import { stripTypes } from './typescript';

/** A cell made ready for V8's REPL mode: scripts to run one after the other. */
export interface CompiledCell {
  /** Modules to load and bind before anything runs. */
  imports: ImportRequest[];
  /** Names of `var` declarations, to be declared before anything runs. */
  hoisted: string[];
  /** The function declarations, to be run before the rest. */
  functions?: Script;
  main: Script;
  /** Whether the last statement is an expression, whose value is shown. */
  showsValue: boolean;
  /** Names that the cell declares as constants, imports included, and all others that it declares. */
  constants: string[];
  variables: string[];
}

/**
 * Compiles a cell. Stands in for what V8's REPL mode lacks: types, import declarations, and declaring a name again as
 * something else.
 *
 * @param isConstant whether an earlier cell declared the name as a constant.
 * @throws CellSyntaxError with the place in the cell.
 */
export function compileCell(source: string, language: 'typescript' | 'javascript', isConstant: (name: string) => boolean): CompiledCell {
  const stripped = language === 'typescript' ? stripTypes(source) : { code: source, origin: identity };
  const { code } = stripped;
  const program = parseCell(code);
  if (program instanceof CellSyntaxError) {
    // V8 has the last word on what it can run, and the better message.
    if (/\b(import|export)\b/.test(code)) throw new CellSyntaxError(program.message, stripped.origin(program.position));
    return { imports: [], hoisted: [], main: stripped, showsValue: true, constants: [], variables: [] };
  }
  const edits = new SourceEdits(code);
  try {
    const imports = rewriteModuleSyntax(program, code, edits);
    const declared = rewriteDeclarations(program, code, edits);
    insertInterruptionPoints(program, edits);
    const constants = [...declared.constants, ...imports.flatMap(({ bindings }) => bindings.map(({ local }) => local))];
    const redeclared = new Set(declared.variables);
    const ownConstants = new Set(constants);
    const assigned = findConstantAssignment(program, (name) => ownConstants.has(name) || (isConstant(name) && !redeclared.has(name)));
    if (assigned) throw new CellSyntaxError(`Assignment to constant variable '${assigned.name}'`, positionAt(code, assigned.at.start));
    const { functions } = declared;
    return {
      imports,
      hoisted: declared.hoisted,
      functions: functions.length > 0 ? throughTypes(edits.only(functions), stripped) : undefined,
      main: throughTypes(edits.without(functions), stripped),
      showsValue: showsValue(program),
      constants,
      variables: declared.variables,
    };
  } catch (error) {
    if (error instanceof CellSyntaxError) throw new CellSyntaxError(error.message, stripped.origin(error.position));
    throw error;
  }
}

/** As a module, for imports; as a script, for what only sloppy mode allows. */
function parseCell(code: string): Program | CellSyntaxError {
  const options = { ecmaVersion: 'latest', allowAwaitOutsideFunction: true, allowHashBang: true, ranges: true } as const;
  let failure: unknown;
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parse(code, { ...options, sourceType });
    } catch (error) {
      failure ??= error;
    }
  }
  if (!(failure instanceof SyntaxError) || !('pos' in failure)) throw failure;
  return new CellSyntaxError(failure.message.replace(/ \(\d+:\d+\)$/, ''), positionAt(code, Number(failure.pos)));
}

function showsValue({ body }: Program): boolean {
  // A bare `var` does nothing; a namespace in TypeScript leaves one at the end.
  const last = body.findLast((statement) => statement.type !== 'EmptyStatement' && !isBareVar(statement));
  if (last?.type === 'ExportDefaultDeclaration') return !/Declaration$/.test(last.declaration.type);
  return last?.type === 'ExpressionStatement';
}

function throughTypes(script: Script, types: Script): Script {
  return { code: script.code, origin: (position) => types.origin(script.origin(position)) };
}

const identity: Script['origin'] = (position) => position;

const isBareVar = (statement: Program['body'][number]): boolean =>
  statement.type === 'VariableDeclaration' && statement.kind === 'var' && statement.declarations.every(({ init }) => !init);
