/** A name in Python code, with the attributes and items after it up to where it was pointed at. */
export interface PythonPath {
  /** `["model", "layers", 0]` */
  path: (string | number)[];
  /** As it is written: `model.layers[0]`. */
  text: string;
  start: number;
  end: number;
}

/** Strings and comments, in which names mean nothing. */
const TEXTS = /#.*|[rbfuRBFU]{0,2}("""|''')[^]*?(?:\1|$)|[rbfuRBFU]{0,2}"(?:\\[^]|[^"\\\n])*"?|[rbfuRBFU]{0,2}'(?:\\[^]|[^'\\\n])*'?/g;
const PATHS = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*|\[\d+\])*/gu;
const STEPS = /[\p{L}\p{N}_]+|\[\d+\]/gu;
const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(' '),
);

/** The name at an offset of Python code; undefined in strings, comments and keywords. */
export function pathAt(code: string, offset: number): PythonPath | undefined {
  const names = code.replace(TEXTS, (text) => ' '.repeat(text.length));
  for (const { 0: whole, index } of names.matchAll(PATHS)) {
    if (offset < index || offset > index + whole.length || /[.\])\p{L}\p{N}_]/u.test(names[index - 1] ?? '')) continue;
    const steps = [...whole.matchAll(STEPS)].filter((step) => step.index === 0 || index + step.index <= offset);
    const last = steps[steps.length - 1];
    const text = whole.slice(0, last.index + last[0].length);
    if (KEYWORDS.has(steps[0][0])) return undefined;
    return { path: steps.map(([step]) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step)), text, start: index, end: index + text.length };
  }
  return undefined;
}

/** An argument as it is written in a call. */
export interface WrittenArgument {
  keyword?: string;
  /** Its value, of `*rows` and `**batch` with the stars. */
  text: string;
}

/** The parts of a call such as `model(x, attention_mask=mask).logits`; undefined for anything else. */
export function callOf(expression: string): { model: string; arguments: WrittenArgument[]; behind: string } | undefined {
  const [, model, rest, behind] = /^([\p{L}_][\p{L}\p{N}_.]*(?:\[[^\]]*\])*)\s*\(([^]*)\)((?:\.[\p{L}_][\p{L}\p{N}_]*|\[[^\]]*\])*)$/u.exec(expression.trim()) ?? [];
  if (model === undefined) return undefined;
  const parts = [''];
  let depth = 0;
  for (const character of rest) {
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    if (depth < 0) return undefined;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  const values = parts.map((part) => part.trim()).filter((part) => part);
  return depth === 0 ? { model, arguments: values.map(argumentOf), behind } : undefined;
}

function argumentOf(written: string): WrittenArgument {
  const [, keyword, text] = /^([\p{L}_][\p{L}\p{N}_]*)\s*=(?!=)\s*([^]*)$/u.exec(written) ?? [];
  return keyword === undefined ? { text: written } : { keyword, text };
}
