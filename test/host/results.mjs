// Collects the results of test stages, prints them as they come and adds them up.
import fs from 'node:fs';

/** Adds up what all stages report; `finish` prints the failures again and the totals as the last line. */
export class Results {
  passed = 0;
  skipped = 0;
  /** @type {string[]} */
  failures = [];
  /** What this machine lacks for skipped tests, as they say it: `Python (no python3)`. @type {Set<string>} */
  leftOut = new Set();

  /**
   * Runs one stage, which appends lines of JSON to a file: results `{ title, file, state, milliseconds, error, reason }`, other
   * output `{ output }`, at last `{ end: true }`. A stage that throws or stops before its last line counts as a failure.
   *
   * @param {string} name
   * @param {(file: string) => Promise<void>} run
   * @param {string} file the file to report to.
   * @param {{ brief?: boolean }} [options] `brief` prints the passed tests of a file as one line at the end.
   */
  async stage(name, run, file, { brief = false } = {}) {
    console.log(`\n== ${name}`);
    const started = Date.now();
    fs.writeFileSync(file, '');
    const before = { passed: this.passed, failed: this.failures.length };
    const reader = new LineReader(file);
    const perFile = brief ? new Map() : undefined;
    let ended = false;
    const drain = () => {
      for (const line of reader.read()) {
        if (line.end) ended = true;
        else this.#take(name, line, perFile);
      }
    };
    const timer = setInterval(drain, 200);
    let crash;
    try {
      await run(file);
    } catch (error) {
      crash = error instanceof Error ? error.message : String(error);
    }
    clearInterval(timer);
    drain();
    for (const [tested, count] of perFile ?? []) console.log(`  ok ${String(count).padStart(4)} in ${tested}`);
    const failed = () => this.failures.length - before.failed;
    if (!ended) this.fail(`${name}: stopped before its end${crash ? `: ${crash}` : ''}`);
    else if (crash && failed() === 0) this.fail(`${name}: ${crash}`);
    else if (this.passed === before.passed && failed() === 0) this.fail(`${name}: ran no test`);
    console.log(`${name}: ${this.passed - before.passed} passed, ${failed()} failed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }

  /** Counts a failure that is not a test's. */
  fail(message) {
    this.failures.push(message);
    console.log(`  FAILED ${message}`);
  }

  #take(stage, { title, file, state, milliseconds, error, reason, output }, perFile) {
    if (output !== undefined) {
      process.stdout.write(output);
    } else if (state === 'passed') {
      this.passed++;
      if (perFile) perFile.set(file, (perFile.get(file) ?? 0) + 1);
      else console.log(`  ok ${title}${milliseconds > 1000 ? ` (${(milliseconds / 1000).toFixed(1)} s)` : ''}`);
    } else if (state === 'skipped') {
      this.skipped++;
      if (reason) this.leftOut.add(reason);
      console.log(`  skipped ${title}${reason ? `: ${reason}` : ''}`);
    } else {
      this.fail(`${stage}: ${file ? `${file}: ` : ''}${title}`);
      console.log(String(error).replace(/^/gm, '    '));
    }
  }

  /** @returns {number} the exit code. */
  finish() {
    if (this.failures.length > 0) console.log(`\nFailed:\n${this.failures.map((failure) => `  ${failure}`).join('\n')}`);
    if (this.skipped > 0) console.log(`\n${this.skipped} skipped${this.leftOut.size > 0 ? `, left out: ${[...this.leftOut].join(', ')}` : ''}`);
    console.log(`\n${this.passed} passed, ${this.failures.length} failed`);
    return this.failures.length > 0 ? 1 : 0;
  }
}

/** Reads the lines of JSON that were appended to a file since the last call. */
class LineReader {
  #file;
  #taken = 0;

  constructor(file) { this.#file = file; }

  read() {
    const bytes = fs.readFileSync(this.#file);
    const end = bytes.lastIndexOf('\n') + 1;
    const fresh = bytes.subarray(this.#taken, end).toString();
    this.#taken = end;
    return fresh.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }
}
