import type { CompletionItem } from '../../protocol/kernel';
import type { Repl } from '../session/repl';
import { contextAt, type OptionsContext } from './codeContext';
import { kindOf, membersOf, typeName } from './members';
import { specifiersFor } from './specifiers';

/** An option of the attribution API. */
export interface ApiOption {
  name: string;
  /** The type as written in TypeScript. */
  type: string;
  documentation: string;
}

/** What completions need to know besides the session. */
export interface CompletionSources {
  repl: Repl;
  /** The folder of the notebook. */
  folder: string;
  /** Names that were global before the first cell and that cells are meant to use. */
  apiNames: readonly string[];
  /** The names that cells have declared or assigned. */
  variables(): string[];
  /** The options that a call takes at an argument; empty where it is no call of the API. */
  optionsOf(className: string, method: string, argument: number): readonly ApiOption[];
}

/** Completions at an offset: import specifiers, members, options of the API, names in scope. */
export function complete({ code, offset }: { code: string; offset: number }, sources: CompletionSources): CompletionItem[] {
  const context = contextAt(code, offset);
  if (context.kind === 'none') return [];
  const replace: [number, number] = [context.replace.start, context.replace.end];
  if (context.kind === 'specifier') {
    return specifiersFor(sources.folder, context.typed).map((label) => ({ label, kind: 'module', replace }));
  }
  if (context.kind === 'member') {
    const object = sources.repl.peek(context.object);
    if (!object) return [];
    return membersOf(object.value).map(({ name, kind, detail }) => ({ label: name, kind, detail, replace }));
  }
  const options = context.options ? optionItems(context.options, sources, replace) : [];
  return [...options, ...namesInScope(sources, replace)];
}

function optionItems({ callee, argument, present }: OptionsContext, sources: CompletionSources, replace: [number, number]): CompletionItem[] {
  const [className, method] = calledMethod(callee, sources.repl);
  return sources
    .optionsOf(className, method, argument)
    .filter(({ name }) => !present.includes(name))
    .map(({ name, type, documentation }) => ({ label: name, kind: 'property', detail: type, documentation, replace }));
}

/** The class and method behind `new IntegratedGradients`, `new IntegratedGradients(m).attribute`, `ig.attribute`, `loadModel`. */
function calledMethod(callee: string, repl: Repl): [className: string, method: string] {
  const constructed = /^new ([\w$]+)(?:\(.*\)\.([\w$]+))?$/s.exec(callee);
  if (constructed) return [constructed[1]!, constructed[2] ?? 'constructor'];
  const dot = callee.lastIndexOf('.');
  if (dot === -1) return ['', callee];
  const receiver = repl.peek(callee.slice(0, dot).replace(/\?$/, ''));
  return [receiver ? typeName(receiver.value) : '', callee.slice(dot + 1)];
}

function namesInScope({ repl, apiNames, variables }: CompletionSources, replace: [number, number]): CompletionItem[] {
  return [...new Set([...variables(), ...apiNames])].map((label) => {
    const found = repl.peek(label);
    return { label, kind: found ? kindOf(found.value) : 'variable', detail: found && typeName(found.value), replace };
  });
}
