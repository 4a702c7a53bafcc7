import type { PythonArgument, PythonWrapped } from '../../protocol/python';

/**
 * The function that calls a model with what is attributed first, then with the arrays that go with it, and returns its
 * scores; everything else that the model is called with stays as it is written.
 */
export function forwardFunction(model: string, { name, arguments: all, scores }: PythonWrapped): string {
  const names = parameterNames(all, model + scores);
  const written = all.map((argument) => `${argument.keyword === null ? '' : `${argument.keyword}=`}${names.get(argument) ?? argument.text}`);
  const given = (['input', 'tensor'] as const).flatMap((role) => all.filter((argument) => argument.role === role));
  return `def ${name}(${given.map((argument) => names.get(argument)).join(', ')}):\n    return ${model}(${written.join(', ')})${scores}`;
}

/** Parameters are called as the model calls them, else as their values; never as something that the function refers to. */
function parameterNames(all: readonly PythonArgument[], around: string): Map<PythonArgument, string> {
  const referred = [around, ...all.filter(({ role }) => role === 'constant').map(({ text }) => text)].flatMap((text) => text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
  const taken = new Set(referred);
  const names = new Map<PythonArgument, string>();
  for (const argument of all) {
    if (argument.role === 'constant') continue;
    let name = argument.keyword ?? (isName(argument.text) ? argument.text : (argument.parameter ?? 'x'));
    while (taken.has(name)) name += '_';
    taken.add(name);
    names.set(argument, name);
  }
  return names;
}

const isName = (text: string): boolean => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text);
