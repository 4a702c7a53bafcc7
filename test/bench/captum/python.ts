import { spawnSync } from 'node:child_process';

/** A Python that has what the comparison needs. */
export interface PythonFound {
  readonly command: string;
  /** Versions by package, Python's own included. */
  readonly versions: Readonly<Record<string, string>>;
}

/** There is no Python with what the comparison needs. */
export class MissingPython extends Error {}

const PROBE = `
import importlib, json, sys
sys.dont_write_bytecode = True
found = {"python": sys.version.split()[0]}
for name in ("torch", "torchvision", "captum"):
    try:
        found[name] = importlib.import_module(name).__version__
    except Exception:
        pass
print(json.dumps(found))
`;

const NEEDED = ['torch', 'captum'];

/** How the packages are had. */
const HOW = 'Install them (pip install torch torchvision, and pip install --no-deps captum, which needs numpy, tqdm and matplotlib), or name a folder that holds them in PYTHONPATH, and another Python with --python.';

/** The first Python with torch and Captum. Throws {@link MissingPython} with what is missing. */
export function findPython(named?: string): PythonFound {
  const candidates = named === undefined ? ['python3', '/usr/bin/python3', 'python'] : [named];
  const problems: string[] = [];
  for (const command of candidates) {
    const { status, stdout } = spawnSync(command, ['-c', PROBE], { encoding: 'utf8' });
    if (status !== 0) {
      problems.push(`${command}: it does not run`);
      continue;
    }
    const versions = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, string>;
    const missing = NEEDED.filter((name) => versions[name] === undefined);
    if (missing.length === 0) return { command, versions };
    problems.push(`${command} (Python ${versions.python}): there is no ${missing.join(', no ')}`);
  }
  throw new MissingPython(`The comparison needs Python with torch and Captum.\n  ${problems.join('\n  ')}\n${HOW}`);
}
