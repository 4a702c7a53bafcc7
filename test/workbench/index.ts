/**
 * The entry point of the tests that run inside VS Code's extension host: runs every bundled suite with mocha and writes
 * each result as one line of JSON to the file named by `ATTRIBUTION_LENS_RESULTS`, so that they survive a crash.
 */
import fs from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** One line of the results; the last line is `{"end":true}`. */
interface Result {
  title: string;
  file: string;
  state: 'passed' | 'failed' | 'skipped';
  milliseconds: number;
  error?: string;
  /** What this machine lacks for a skipped test, in one phrase for the summary. */
  reason?: string;
}

/** Runs the tests; rejects when one failed, which makes VS Code exit with 1. */
export async function run(): Promise<void> {
  const results = process.env.ATTRIBUTION_LENS_RESULTS;
  if (!results) throw new Error('ATTRIBUTION_LENS_RESULTS names no file for the results');
  const write = (line: Result | { end: true }) => fs.appendFileSync(results, `${JSON.stringify(line)}\n`);

  const mocha = new Mocha({ ui: 'bdd', timeout: 600_000, reporter: class {} as never });
  const files = fs.readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.js')).sort();
  for (const file of files) mocha.addFile(path.join(__dirname, file));

  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const result = (test: Mocha.Runnable, state: Result['state'], error?: Error): Result => ({
      title: test.fullTitle(),
      file: path.relative(__dirname, test.file ?? '').replace(/\.js$/, '.ts'),
      state,
      milliseconds: test.duration ?? 0,
      error: error && (error.stack ?? error.message),
    });
    runner.on('pass', (test) => write(result(test, 'passed')));
    runner.on('fail', (test, error) => write(result(test, 'failed', error as Error)));
    runner.on('pending', (test) => write({ ...result(test, 'skipped'), reason: (test.ctx as { lacks?: string } | undefined)?.lacks }));
  });
  write({ end: true });
  if (failures > 0) throw new Error(`${failures} failed`);
}
