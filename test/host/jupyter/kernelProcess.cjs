// One IPython kernel behind bridge.py.
const { spawn, spawnSync } = require('node:child_process');
const path = require('node:path');
const readline = require('node:readline');

/** The Pythons to try: the one that ATTRIBUTION_LENS_PYTHON names, else the system's own first, for it has the packages that the tests use. */
const PYTHONS = process.env.ATTRIBUTION_LENS_PYTHON ? [process.env.ATTRIBUTION_LENS_PYTHON] : ['/usr/bin/python3', 'python3', 'python'];

const HAS_ALL = 'import sys, importlib.util; sys.exit(not all(importlib.util.find_spec(name) for name in ("ipykernel", "jupyter_client", "numpy", "torch")))';

/** A Python that can start kernels and has PyTorch; undefined where there is none. */
exports.findPython = () => PYTHONS.find((name) => spawnSync(name, ['-c', HAS_ALL]).status === 0);

let python;

exports.KernelProcess = class {
  status = 'starting';
  executionCount = 0;
  #listeners = new Set();
  #runs = new Map();
  #next = 0;
  #child;

  constructor(cwd) {
    python ??= exports.findPython();
    // As Jupyter does: the environment of the extension host when the kernel starts.
    this.#child = spawn(python, [path.join(__dirname, 'bridge.py')], { cwd, env: { ...process.env }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => {});
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('error', reject).once('exit', (code) => {
        reject(new Error(`the kernel ended with ${code}`));
        this.#change('dead');
      });
      readline.createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(JSON.parse(line), resolve));
    });
  }

  /** Sends code; `messages` are what it shows, `done` how it ended. */
  execute(code, history) {
    const id = ++this.#next;
    const run = { queue: [], wake: undefined, over: false, done: undefined, status: undefined };
    run.done = new Promise((resolve) => { run.finish = resolve; });
    this.#runs.set(id, run);
    this.#send({ execute: id, code, history });
    return { messages: read(run), done: run.done };
  }

  interrupt() { this.#send({ interrupt: true }); }

  restart() {
    this.#change('restarting');
    this.executionCount = 0;
    this.#send({ restart: true });
  }

  onDidChangeStatus(listener) {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  stop() { this.#child.stdin.end(); }

  #send(request) { this.#child.stdin.write(`${JSON.stringify(request)}\n`); }

  #take(message, ready) {
    if (message.type === 'ready') {
      this.#change('idle');
      ready();
    } else if (message.type === 'restarted') {
      this.#change('idle');
    } else if (message.type === 'status') {
      this.#change(message.status);
      // All outputs have come by then; the reply may come before them or after.
      if (message.status === 'idle') end(this.#runs.get(message.id), 'over');
    } else if (message.type === 'done') {
      const run = this.#runs.get(message.id);
      if (run) run.reply = { status: message.status, count: message.count };
      this.executionCount = Math.max(this.executionCount, message.count ?? 0);
      end(run);
    } else {
      const run = this.#runs.get(message.id);
      run?.queue.push(message);
      run?.wake?.();
    }
  }

  #change(status) {
    if (status === this.status) return;
    this.status = status;
    for (const listener of this.#listeners) listener(status);
  }
};

function end(run, over) {
  if (!run) return;
  if (over) run.over = true;
  if (run.over && run.reply) run.finish(run.reply);
  run.wake?.();
}

async function* read(run) {
  for (;;) {
    while (run.queue.length > 0) yield run.queue.shift();
    if (run.over) return;
    await new Promise((resolve) => { run.wake = resolve; });
  }
}
