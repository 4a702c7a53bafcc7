import { Session, type Runtime } from 'node:inspector';

/** How an evaluation ended; `at` is where V8 found a syntax error, lines and columns from 1. */
export type Evaluation =
  | { ok: true; value: unknown }
  | { ok: false; thrown: unknown; at?: { line: number; column: number } }
  /** The thread was made to stop in the middle. */
  | { ok: false; terminated: true };

/**
 * V8's REPL mode for this process's own global scope: top-level await, and `let` and `class` that a later script may
 * declare again. Values are handed over as they are, not as descriptions.
 */
export class Repl {
  private session = new Session();
  private receiver = '';
  private received: unknown;

  constructor() {
    this.connect();
  }

  /**
   * Forgets evaluations that still wait. What they wait for may be collected as garbage, and V8 as of Node 22 ends the
   * process when it reports that.
   */
  abandonEvaluations(): void {
    this.session.disconnect();
    this.session = new Session();
    this.connect();
  }

  private connect(): void {
    this.session.connect();
    // Only a global can be named in an expression; it is gone again at once.
    const key = Symbol.for('attribution-lens.receive');
    const receive = (value: unknown) => {
      this.received = value;
    };
    Object.defineProperty(globalThis, key, { value: receive, configurable: true });
    const { result } = this.postNow('Runtime.evaluate', { expression: `globalThis[Symbol.for('attribution-lens.receive')]` });
    Reflect.deleteProperty(globalThis, key);
    this.receiver = result.objectId!;
  }

  /**
   * Runs a script and waits for its top-level awaits; the value is that of its last expression, a promise left as it is.
   *
   * @param name what stack traces call the script; without whitespace.
   */
  async evaluate(code: string, name: string): Promise<Evaluation> {
    const params = { expression: `${code}\n//# sourceURL=${name}`, replMode: true, awaitPromise: true, objectGroup: name };
    let settle: (outcome: Runtime.EvaluateReturnType | Error) => void = () => {};
    const settled = new Promise<Runtime.EvaluateReturnType | Error>((resolve) => {
      settle = resolve;
    });
    this.session.post('Runtime.evaluate', params, (error: Error | null, result: Runtime.EvaluateReturnType) => settle(error ?? result));
    return this.finish(await settled, name);
  }

  /** Declares variables at the top level, as `let` does. */
  async declare(values: ReadonlyMap<string, unknown>): Promise<Evaluation> {
    const key = Symbol.for('attribution-lens.declared');
    Object.defineProperty(globalThis, key, { value: values, configurable: true });
    const bindings = [...values.keys()].map((name) => `${name} = globalThis[Symbol.for('attribution-lens.declared')].get('${name}')`);
    const evaluation = await this.evaluate(`let ${bindings.join(', ')};`, 'declarations');
    Reflect.deleteProperty(globalThis, key);
    return evaluation;
  }

  /**
   * The value of an expression, if it can be had without side effects (no getter that does anything, no proxy, no
   * call of a function that changes something) within the time limit.
   */
  peek(expression: string, timeoutMilliseconds = 500): { value: unknown } | undefined {
    const group = 'peek';
    const params = { expression, throwOnSideEffect: true, silent: true, objectGroup: group, timeout: timeoutMilliseconds };
    let outcome: Runtime.EvaluateReturnType | Error | undefined;
    this.session.post('Runtime.evaluate', params, (error: Error | null, result: Runtime.EvaluateReturnType) => {
      outcome = error ?? result;
    });
    const evaluation = this.finish(outcome ?? new Error('not answered'), group);
    return evaluation.ok ? { value: evaluation.value } : undefined;
  }

  /** Names declared by `let`, `const` and `class` at the top level. */
  lexicalNames(): string[] {
    return [...new Set(this.postNow('Runtime.globalLexicalScopeNames', {}).names)];
  }

  /** Lets go of what the inspector keeps of console calls: their arguments, among other things. */
  forgetConsole(): void {
    this.session.post('Runtime.discardConsoleEntries');
  }

  private finish(outcome: Runtime.EvaluateReturnType | Error, group: string): Evaluation {
    // The only failure of a well-formed request: the evaluation was terminated.
    if (outcome instanceof Error || !outcome) return { ok: false, terminated: true };
    const { result, exceptionDetails } = outcome;
    const value = this.take(exceptionDetails?.exception ?? result);
    this.session.post('Runtime.releaseObjectGroup', { objectGroup: group });
    if (!exceptionDetails) return { ok: true, value };
    return { ok: false, thrown: value, at: { line: exceptionDetails.lineNumber + 1, column: exceptionDetails.columnNumber + 1 } };
  }

  /** The value behind the inspector's description of it. */
  private take({ type, objectId, unserializableValue, value }: Runtime.RemoteObject): unknown {
    if (!objectId && unserializableValue === undefined) return type === 'undefined' ? undefined : value;
    this.postNow('Runtime.callFunctionOn', {
      objectId: this.receiver,
      functionDeclaration: 'function (value) { this(value) }',
      arguments: [objectId ? { objectId } : { unserializableValue }],
    });
    const taken = this.received;
    this.received = undefined;
    return taken;
  }

  /** Requests about this thread are answered before `post` returns. */
  private postNow(method: 'Runtime.evaluate', params: Runtime.EvaluateParameterType): Runtime.EvaluateReturnType;
  private postNow(method: 'Runtime.callFunctionOn', params: Runtime.CallFunctionOnParameterType): Runtime.CallFunctionOnReturnType;
  private postNow(method: 'Runtime.globalLexicalScopeNames', params: Runtime.GlobalLexicalScopeNamesParameterType): Runtime.GlobalLexicalScopeNamesReturnType;
  private postNow(method: string, params: object): object {
    let answer: object | undefined;
    this.session.post(method, params, (error, result?: object) => {
      if (error) throw error;
      answer = result;
    });
    if (!answer) throw new Error(`${method} was not answered at once`);
    return answer;
  }
}
