import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { JobProgress } from '../../protocol/renderer';

/** Work that is done sooner shows no progress: a notification that flashes is noise. */
export const QUIET_MILLISECONDS = 400;

export interface JobContext {
  signal: AbortSignal;
  onProgress(progress: JobProgress): void;
}

/**
 * Runs a job under a progress notification with an estimate and Cancel.
 *
 * The promise follows the job: cancelling aborts its signal, and rejects with `cancelled` even if the job ends anyhow.
 */
export async function withJobProgress<T>(title: string, job: (context: JobContext) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let last: JobProgress | undefined;
  let report: ((progress: JobProgress) => void) | undefined;
  const running = job({
    signal: controller.signal,
    onProgress: (progress) => {
      last = progress;
      report?.(progress);
    },
  });
  const settled = running.then(() => true, () => true);
  if (await Promise.race([settled, delay(QUIET_MILLISECONDS)])) return running;
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
    let fraction = 0;
    report = (now) => {
      progress.report({ message: describeProgress(now), increment: Math.max(0, now.fraction - fraction) * 100 });
      fraction = Math.max(fraction, now.fraction);
    };
    if (last) report(last);
    return new Promise<T>((resolve, reject) => {
      running.then(resolve, reject);
      token.onCancellationRequested(() => {
        controller.abort();
        reject(new LensError('cancelled', 'The attribution was cancelled.'));
      });
    });
  });
}

/** `step 120 of 200, about 3 s left` */
export function describeProgress({ message, secondsLeft }: JobProgress): string {
  if (secondsLeft === undefined) return message;
  return `${message}, about ${describeSeconds(secondsLeft)} left`;
}

function describeSeconds(seconds: number): string {
  if (seconds < 1) return '1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

function delay(milliseconds: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, false));
}
