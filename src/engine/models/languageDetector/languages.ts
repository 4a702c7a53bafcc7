/** A language that the detector knows. */
export interface DetectedLanguage {
  /** The detector's own label, a file extension: `rs`. */
  readonly label: string;
  /** VS Code's language id: `rust`. */
  readonly languageId: string;
  /** `Rust`. */
  readonly name: string;
}

/** Label, language id and name; the ids are those of VS Code, or of the usual extension where VS Code has none. */
const TABLE: readonly (readonly [label: string, languageId: string, name: string])[] = [
  ['asm', 'asm', 'Assembly'],
  ['bat', 'bat', 'Batch'],
  ['c', 'c', 'C'],
  ['cbl', 'cobol', 'COBOL'],
  ['clj', 'clojure', 'Clojure'],
  ['cmake', 'cmake', 'CMake'],
  ['coffee', 'coffeescript', 'CoffeeScript'],
  ['cpp', 'cpp', 'C++'],
  ['cs', 'csharp', 'C#'],
  ['css', 'css', 'CSS'],
  ['csv', 'csv', 'CSV'],
  ['dart', 'dart', 'Dart'],
  ['dm', 'dm', 'DM'],
  ['dockerfile', 'dockerfile', 'Dockerfile'],
  ['erl', 'erlang', 'Erlang'],
  ['ex', 'elixir', 'Elixir'],
  ['f90', 'fortran', 'Fortran'],
  ['go', 'go', 'Go'],
  ['groovy', 'groovy', 'Groovy'],
  ['hs', 'haskell', 'Haskell'],
  ['html', 'html', 'HTML'],
  ['ini', 'ini', 'INI'],
  ['java', 'java', 'Java'],
  ['jl', 'julia', 'Julia'],
  ['js', 'javascript', 'JavaScript'],
  ['json', 'json', 'JSON'],
  ['kt', 'kotlin', 'Kotlin'],
  ['lisp', 'lisp', 'Lisp'],
  ['lua', 'lua', 'Lua'],
  ['makefile', 'makefile', 'Makefile'],
  ['matlab', 'matlab', 'MATLAB'],
  ['md', 'markdown', 'Markdown'],
  ['ml', 'ocaml', 'OCaml'],
  ['mm', 'objective-c', 'Objective-C'],
  ['pas', 'pascal', 'Pascal'],
  ['php', 'php', 'PHP'],
  ['pm', 'perl', 'Perl'],
  ['prolog', 'prolog', 'Prolog'],
  ['ps1', 'powershell', 'PowerShell'],
  ['py', 'python', 'Python'],
  ['r', 'r', 'R'],
  ['rb', 'ruby', 'Ruby'],
  ['rs', 'rust', 'Rust'],
  ['scala', 'scala', 'Scala'],
  ['sh', 'shellscript', 'Shell'],
  ['sql', 'sql', 'SQL'],
  ['swift', 'swift', 'Swift'],
  ['tex', 'latex', 'LaTeX'],
  ['toml', 'toml', 'TOML'],
  ['ts', 'typescript', 'TypeScript'],
  ['v', 'verilog', 'Verilog'],
  ['vba', 'vb', 'Visual Basic'],
  ['xml', 'xml', 'XML'],
  ['yaml', 'yaml', 'YAML'],
];

/** Other language ids of VS Code that mean one of the detector's languages. */
const ALIASES: Readonly<Record<string, string>> = {
  'cuda-cpp': 'cpp',
  dockercompose: 'yaml',
  javascriptreact: 'javascript',
  jsonc: 'json',
  jsonl: 'json',
  'objective-cpp': 'objective-c',
  properties: 'ini',
  tex: 'latex',
  typescriptreact: 'typescript',
};

const byLabel = new Map(TABLE.map(([label, languageId, name]) => [label, { label, languageId, name }]));

/** The language of one of the detector's labels; a label that is not in the table stands for itself. */
export const languageOf = (label: string): DetectedLanguage => byLabel.get(label) ?? { label, languageId: label, name: label };

/** The language id under which the detector's table has a language of VS Code. */
export const canonicalId = (languageId: string): string => (Object.hasOwn(ALIASES, languageId) ? ALIASES[languageId] : languageId);
