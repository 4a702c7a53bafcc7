import { inspect } from 'node:util';
import { isPromise } from 'node:util/types';
import type { CellEvent, ExecuteParams, ExecuteResult } from '../protocol/kernel';
import type { AttributionBundle } from '../protocol/output';
import { setAmbientJob, type Job } from '../engine/attribution/job';
import { LensError } from '../protocol/errors';
import { compileCell, type CompiledCell } from './cell/compileCell';
import { CellSyntaxError, positionAt } from './cell/position';
import type { Script } from './cell/sourceEdits';
import { stripTypes } from './cell/typescript';
import { displayItems } from './display/display';
import type { ModuleLoader } from './modules/moduleLoader';
import { CellOutput } from './session/cellOutput';
import { defineGlobals } from './session/globals';
import { formatError, formatSyntaxError, isCompileError, type ShownError } from './session/formatError';
import { Interrupted } from './session/interrupted';
import type { Interruption } from './session/interruption';
import { Repl } from './session/repl';
import { Scripts } from './session/scripts';
import { loadTensorflow } from './session/tensorflow';

/** What the kernel gets from outside. */
export interface KernelParts {
  loader: ModuleLoader;
  interruption: Interruption;
  /** The attribution API, by the names that cells have in scope. */
  api: Readonly<Record<string, unknown>>;
  /** The attribution behind a value, where there is one. */
  describeResult(value: unknown): AttributionBundle | undefined;
  /** The kernel's own file; its frames are left out of stack traces. */
  kernelFile: string;
}

/** A cell as errors speak of it. */
interface Cell {
  cellName: string;
  source: string;
}

type Emit = (event: CellEvent) => void;

/** A failure of a cell whose description is known already. */
class CellFailure extends Error {
  constructor(readonly shown: ShownError) {
    super(shown.message);
  }
}

/** Runs cells one after the other in this process's global scope. */
export class Kernel {
  readonly repl = new Repl();
  readonly output: CellOutput;
  private readonly scripts: Scripts;
  private readonly constants = new Set<string>();
  private readonly initialNames: ReadonlySet<string>;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: KernelParts) {
    this.scripts = new Scripts(parts.kernelFile);
    this.output = new CellOutput((text) => this.scripts.rewrite(text));
    inspect.defaultOptions.maxStringLength = 10_000;
    Error.stackTraceLimit = 40;
    defineGlobals(parts.loader, (value) => this.show(value), parts.api);
    this.initialNames = new Set(Object.getOwnPropertyNames(globalThis));
  }

  /** Runs a cell; whatever it throws becomes an `error` event. */
  execute(params: ExecuteParams, emit: Emit, onProgress?: Job['onProgress']): Promise<ExecuteResult> {
    const run = this.queue.then(() => this.run(params, emit, onProgress));
    this.queue = run.catch(() => {});
    return run;
  }

  /** The names that cells have declared or assigned, and not those that were there before. */
  variables(): string[] {
    // Packages keep globals of their own, with an underscore.
    const assigned = Object.getOwnPropertyNames(globalThis).filter((name) => !this.initialNames.has(name) && !name.startsWith('_'));
    return [...new Set([...this.repl.lexicalNames(), ...assigned])];
  }

  /** The value of an expression, which may do anything. Throws `invalid-argument` with what it threw. */
  async evaluateExpression(expression: string): Promise<unknown> {
    this.parts.interruption.reset();
    const { code } = stripTypes(`(${expression})`);
    const evaluation = await this.repl.evaluate(code, 'selection');
    if ('terminated' in evaluation) throw new LensError('cancelled', 'The expression was interrupted');
    if (!evaluation.ok) {
      const { name, message } = formatError(evaluation.thrown, this.scripts);
      throw new LensError('invalid-argument', `'${expression}' cannot be evaluated: ${name}: ${message}`, name === 'ReferenceError' ? 'Run the cell that defines it first.' : undefined);
    }
    return isPromise(evaluation.value) ? await evaluation.value : evaluation.value;
  }

  /** Shows an error that nobody waited for to the running cell, or the last one. */
  reportStray(error: unknown): void {
    if (error instanceof Interrupted) return;
    this.output.show({ kind: 'error', ...formatError(error, this.scripts) });
    this.output.flush();
  }

  private async run(params: ExecuteParams, emit: Emit, onProgress: Job['onProgress']): Promise<ExecuteResult> {
    const { output, parts } = this;
    output.begin(emit);
    parts.interruption.reset(params.interrupts);
    const watch = parts.interruption.watch();
    setAmbientJob({ signal: watch.signal, onProgress, onWarning: (message) => output.write('stderr', `Warning: ${message}\n`) });
    try {
      watch.signal.throwIfAborted();
      const value = this.evaluateCell(params);
      value.catch(() => {});
      const shown = await Promise.race([value, watch.interrupted]);
      if (shown) this.show(shown.value);
      return { ok: true };
    } catch (error) {
      // Whatever a job says when it is cancelled: the user knows it as interrupting.
      const shown = watch.signal.aborted && !(error instanceof Interrupted) ? new Interrupted() : error;
      output.show({ kind: 'error', ...(shown instanceof CellFailure ? shown.shown : formatError(shown, this.scripts)) });
      return { ok: false };
    } finally {
      if (watch.signal.aborted) this.repl.abandonEvaluations();
      watch.dispose();
      setAmbientJob({});
      output.flush();
      this.repl.forgetConsole();
    }
  }

  /** Runs the scripts of a cell; the value to show, if there is one. */
  private async evaluateCell({ code, language, cellName }: ExecuteParams): Promise<{ value: unknown } | undefined> {
    const cell = { cellName, source: code };
    const compiled = this.compile(code, language, cell);
    if (/\btf\b|@tensorflow\//.test(code)) await loadTensorflow();
    await this.declare(compiled, cell);
    if (compiled.functions) await this.evaluate(compiled.functions, cell);
    const { value } = await this.evaluate(compiled.main, cell);
    if (!compiled.showsValue) return undefined;
    // A thenable that is no promise is shown: to ask for its `then` would run its code.
    const settled = isPromise(value) ? await value : value;
    return settled === undefined ? undefined : { value: settled };
  }

  private compile(code: string, language: ExecuteParams['language'], cell: Cell): CompiledCell {
    try {
      return compileCell(code, language, (name) => this.constants.has(name));
    } catch (error) {
      if (error instanceof CellSyntaxError) throw new CellFailure(formatSyntaxError(error.message, cell, error.position));
      throw error;
    }
  }

  /** Loads the modules and declares the names that have to be there before the cell runs. */
  private async declare({ imports, hoisted, constants, variables, main }: CompiledCell, cell: Cell): Promise<void> {
    const values = new Map<string, unknown>(hoisted.map((name) => [name, undefined]));
    for (const request of imports) {
      try {
        for (const [name, value] of await this.parts.loader.bind(request)) values.set(name, value);
      } catch (error) {
        throw new CellFailure(formatError(error, this.scripts, { ...cell, ...main.origin(positionAt(main.code, request.offset)) }));
      }
    }
    if (values.size > 0) {
      const declared = await this.repl.declare(values);
      if (!declared.ok && 'thrown' in declared) throw declared.thrown;
    }
    for (const name of constants) this.constants.add(name);
    for (const name of variables) this.constants.delete(name);
  }

  private async evaluate(script: Script, cell: Cell): Promise<{ value: unknown }> {
    const evaluation = await this.repl.evaluate(script.code, this.scripts.add({ ...cell, script }));
    if (evaluation.ok) return { value: evaluation.value };
    if ('terminated' in evaluation) throw new Interrupted();
    const { thrown, at } = evaluation;
    if (at && isCompileError(thrown, this.scripts)) throw new CellFailure(formatSyntaxError((thrown as Error).message, cell, script.origin(at)));
    throw thrown;
  }

  private show(value: unknown): void {
    const bundle = this.parts.describeResult(value);
    this.output.show(bundle ? { kind: 'attribution', bundle } : { kind: 'display', items: displayItems(value) });
  }
}
