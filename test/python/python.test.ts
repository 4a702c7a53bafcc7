import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startEngine, type OwnEngine } from './ownEngine';

/** The system's own Python comes before others: it has the packages that they need to be given. */
const COMMANDS = [...(process.env.ATTRIBUTION_LENS_PYTHON ? [process.env.ATTRIBUTION_LENS_PYTHON] : []), '/usr/bin/python3', 'python3', 'python'];

/** What each file of tests needs besides Python 3.8. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  test_attribution: ['numpy', 'torch'],
  test_by_examples: ['numpy', 'torch'],
  test_captum: ['numpy', 'torch'],
  test_circumstances: ['numpy', 'torch'],
  test_tutorials: ['numpy', 'torch', 'matplotlib'],
  test_editor: ['ipykernel', 'jupyter_client'],
  test_keras: ['numpy', 'keras'],
  test_tabular: ['numpy', 'pandas', 'sklearn'],
  test_notebook: ['numpy', 'torch', 'ipykernel', 'jupyter_client', 'matplotlib'],
};

/** The first Python that has everything; otherwise what the best one lacks. */
function findPython(modules: readonly string[]): { command: string } | { missing: string } {
  let missing = 'no python3';
  for (const command of COMMANDS) {
    const found = spawnSync(command, ['-c', `import importlib.util, sys; print(sys.version_info >= (3, 8) and ' '.join(name for name in sys.argv[1:] if not importlib.util.find_spec(name)))`, ...modules], { encoding: 'utf8' });
    if (found.status !== 0) continue;
    const lacks = found.stdout.trim();
    if (lacks === '') return { command };
    if (lacks !== 'False' && missing === 'no python3') missing = `no ${lacks.split(' ').join(', ')}`;
  }
  return { missing };
}

describe('Python package', () => {
  let engine: OwnEngine;
  before(async () => {
    engine = await startEngine();
  });
  after(() => engine.stop());

  it('every file of Python tests is run', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => /^test_.*\.py$/.test(name));
    assert.deepEqual(files.map((name) => path.basename(name, '.py')).sort(), Object.keys(NEEDED).sort());
  });

  for (const [module, modules] of Object.entries(NEEDED)) {
    const python = findPython(modules);
    it(`every test of ${module}.py`, { skip: 'missing' in python && `Python (${python.missing})` }, async (context) => {
      if ('missing' in python) return;
      const child = spawn(python.command, ['-W', 'ignore::DeprecationWarning', '-m', 'unittest', '-v', module], {
        cwd: import.meta.dirname,
        env: { ...process.env, ...engine.env, OMP_NUM_THREADS: '1' },
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const code = await new Promise((resolve) => child.on('close', resolve));
      // What failed and why; unittest lists before it, over many lines, what passed.
      assert.equal(code, 0, said.slice(Math.max(0, said.search(/^={70}$/m))));
      assert.match(said, /Ran [1-9]\d* tests/);
      for (const [, title, reason] of said.matchAll(/^(\w+) \(.*\.\.\. skipped '(.*)'$/gm)) await context.test(title, { skip: `Python (${reason})` });
    });
  }
});
