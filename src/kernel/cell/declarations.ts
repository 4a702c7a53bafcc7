import type { ClassDeclaration, FunctionDeclaration, Node, Pattern, Program, VariableDeclaration } from 'acorn';
import { ancestor, base } from 'acorn-walk';
import type { Range, SourceEdits } from './sourceEdits';

/** The names that the top level of a cell declares. */
export interface Declarations {
  /** Function declarations, to be rendered as a script of their own that runs before the rest. */
  functions: Range[];
  /** Names of `var`, to be declared before the rest. */
  hoisted: string[];
  constants: string[];
  /** Everything declared that is not constant. */
  variables: string[];
}

type TopLevel = Program['body'][number] | FunctionDeclaration | ClassDeclaration;

/**
 * V8's REPL mode lets a later script declare a name anew only if both declare it as `let` (a class counts as `let`), so
 * every declaration of the top level is turned into that: `const` by its keyword, `var` into assignments to names that
 * are declared beforehand, a function into a variable set beforehand. Constants stay constant by
 * {@link findConstantAssignment}.
 */
export function rewriteDeclarations(program: Program, source: string, edits: SourceEdits): Declarations {
  const functions = new Map<string, Range>();
  const constants: string[] = [];
  const variables: string[] = [];
  for (const statement of program.body.map(declarationOf)) {
    if (statement?.type === 'FunctionDeclaration') {
      functions.set(statement.id.name, rewriteFunction(statement, source, edits));
    } else if (statement?.type === 'ClassDeclaration') {
      variables.push(statement.id.name);
    } else if (statement?.type === 'VariableDeclaration' && statement.kind !== 'var') {
      if (statement.kind === 'const') edits.replace(statement.start, statement.start + 5, 'let  ');
      const names = statement.declarations.flatMap(({ id }) => namesOf(id));
      (statement.kind === 'let' ? variables : constants).push(...names);
    }
  }
  const hoisted = new Set(rewriteVars(program, source, edits));
  for (const name of functions.keys()) hoisted.delete(name);
  return { functions: [...functions.values()], hoisted: [...hoisted], constants, variables: [...variables, ...hoisted, ...functions.keys()] };
}

/** The declaration of a statement, also of one that is exported. */
function declarationOf(statement: Program['body'][number]): TopLevel | null | undefined {
  if (statement.type === 'ExportNamedDeclaration') return statement.declaration;
  if (statement.type !== 'ExportDefaultDeclaration') return statement;
  const { declaration } = statement;
  const named = (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id;
  return named ? (declaration as FunctionDeclaration | ClassDeclaration) : undefined;
}

/** `async function* f(a) {}` becomes `let f=async function*  (a) {};`. */
function rewriteFunction(node: FunctionDeclaration, source: string, edits: SourceEdits): Range {
  const range = { start: node.start, end: node.end };
  edits.insert(node.start, `let ${source.slice(node.id.start, node.id.end)}=`, range);
  edits.blank(node.id);
  edits.insert(node.end, ';', range);
  return range;
}

function rewriteVars(program: Program, source: string, edits: SourceEdits): string[] {
  const names: string[] = [];
  ancestor(
    program,
    {
      VariableDeclaration(node, _state, ancestors) {
        if (node.kind !== 'var') return;
        names.push(...node.declarations.flatMap(({ id }) => namesOf(id)));
        rewriteVar(node, ancestors.at(-2), source, edits);
      },
    },
    // The var of a function, a class's static block included, is its own.
    { ...base, Function() {}, StaticBlock() {} },
  );
  return names;
}

/** `var a = 1, {b} = c` becomes `;   a = 1, ({b} = c);`, and `var a` nothing. */
function rewriteVar(node: VariableDeclaration, parent: Node | undefined, source: string, edits: SourceEdits): void {
  const isLoopHead = parent !== undefined && 'body' in parent && parent.body !== node && /^For/.test(parent.type);
  if (!isLoopHead && node.declarations.every(({ init }) => !init)) return edits.remove(node);
  const isList = parent?.type === 'Program' || parent?.type === 'BlockStatement' || parent?.type === 'SwitchCase';
  edits.replace(node.start, node.start + 3, isList ? ';  ' : '   ', node);
  const loopsOver = isLoopHead && parent.type !== 'ForStatement';
  for (const declarator of node.declarations) {
    if (declarator.id.type === 'Identifier' || loopsOver) continue;
    edits.insert(declarator.start, '(', node);
    edits.insert(declarator.end, ')', node);
  }
  if (!isLoopHead && source[node.end - 1] !== ';') edits.insert(node.end, ';', node);
}

/** The names that a pattern binds. */
export function namesOf(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => namesOf(property.type === 'RestElement' ? property.argument : property.value));
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesOf(element) : []));
    case 'RestElement':
      return namesOf(pattern.argument);
    case 'AssignmentPattern':
      return namesOf(pattern.left);
    case 'MemberExpression':
      return [];
  }
}
