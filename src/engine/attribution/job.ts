import { AsyncLocalStorage } from 'node:async_hooks';
import { LensError } from '../../protocol/errors';
import type { JobProgress } from '../../protocol/renderer';

/** How the surroundings of an attribution follow and stop it. */
export interface Job {
  /** Aborted to cancel; the attribution then rejects with `cancelled` before its next chunk. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
  /** Told what a result is not, though it was computed. */
  readonly onWarning?: (message: string) => void;
}

const jobs = new AsyncLocalStorage<Job>();
let ambient: Job = {};

/** The job that the current asynchronous call belongs to. */
export const currentJob = (): Job => jobs.getStore() ?? ambient;

/** Runs an action, and whatever it awaits, as a job. */
export const runJob = <T>(job: Job, action: () => Promise<T>): Promise<T> => jobs.run(job, action);

/** The job of one of several parts of equal length, whose progress is that of the whole. */
export const partOf = ({ signal, onProgress, onWarning }: Job, part: number, parts: number): Job => ({
  signal,
  onWarning,
  ...(onProgress ? { onProgress: ({ fraction, message, secondsLeft }: JobProgress) => onProgress({ fraction: (part + fraction) / parts, message, ...(part === parts - 1 && secondsLeft !== undefined ? { secondsLeft } : {}) }) } : {}),
});

/** Warns about the result of the current job. */
export const warn = (message: string): void => currentJob().onWarning?.(message);

/** The job, with warnings said only once and kept in a list. */
export function withWarnings(job: Job): { readonly job: Job; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const onWarning = (message: string): void => {
    if (warnings.includes(message)) return;
    warnings.push(message);
    job.onWarning?.(message);
  };
  return { job: { ...job, onWarning }, warnings };
}

/** Sets the job of everything that runs outside {@link runJob}: a notebook kernel gives its running cell's. */
export function setAmbientJob(job: Job): void {
  ambient = job;
}

/** @throws LensError `cancelled` when the job was cancelled. */
export function throwIfCancelled({ signal }: Job): void {
  if (signal?.aborted) throw new LensError('cancelled', 'The attribution was cancelled.');
}
