import { AsyncLocalStorage } from 'node:async_hooks';
import type { ComponentStatus } from '../../protocol/engine';
import type { Model } from '../models/model';
import { ExecutableCache } from '../runtime/executables';
import { runtimeCandidates } from '../runtime/candidates';
import { chooseRuntime } from '../runtime/chooseRuntime';
import type { Runtime } from '../runtime/runtime';
import { ModelFunction } from './modelFunction';

/** What attributions share within a process: the executor, the graphs compiled for it, and whose turn it is. */
export class Engine {
  readonly executables: ExecutableCache;
  private readonly functions = new WeakMap<Model, ModelFunction>();
  private readonly held = new AsyncLocalStorage<ReadonlySet<Model>>();
  private readonly turns = new WeakMap<Model, Promise<unknown>>();

  constructor(
    readonly runtime: Runtime,
    /** Every executor that was considered. */
    readonly status: readonly ComponentStatus[] = [],
  ) {
    this.executables = new ExecutableCache(runtime);
  }

  functionOf(model: Model): ModelFunction {
    const known = this.functions.get(model) ?? new ModelFunction(model, this.executables);
    this.functions.set(model, known);
    return known;
  }

  /**
   * Runs jobs on the same model one after the other, so that each has the memory it planned with. What a job itself
   * starts on its model runs at once: algorithms may be made of others.
   */
  inTurn<T>(model: Model, start: () => Promise<T>): Promise<T> {
    const held = this.held.getStore();
    if (held?.has(model)) return start();
    const job = (): Promise<T> => this.held.run(new Set([...(held ?? []), model]), start);
    const before = this.turns.get(model) ?? Promise.resolve();
    const result = before.then(job, job);
    this.turns.set(model, result.catch(() => {}));
    return result;
  }

  async dispose(): Promise<void> {
    await this.executables.dispose();
    await this.runtime.dispose();
  }
}

let shared: Promise<Engine> | undefined;

/** The engine of this process, with the best executor that this machine has; the environment variable ATTRIBUTION_LENS_RUNTIME names the one tried first. */
export function sharedEngine(): Promise<Engine> {
  shared ??= chooseRuntime(runtimeCandidates(process.env.ATTRIBUTION_LENS_RUNTIME))
    .then(({ runtime, status }) => new Engine(runtime, status))
    .catch((error: unknown) => {
      shared = undefined;
      throw error;
    });
  return shared;
}

/** Makes all attributions of this process run on an executor of the caller's choice from now on. */
export function useRuntime(runtime: Runtime): Engine {
  const engine = new Engine(runtime);
  shared = Promise.resolve(engine);
  return engine;
}
