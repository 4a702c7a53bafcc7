import type { Workload } from './workloads';

/** Each workload runs until this much time is gone, at least so often. */
const MILLISECONDS = 10_000;
const MIN_RUNS = 5;
const MAX_RUNS = 50;

export interface Time {
  readonly elapsed: number;
  /** Of all threads. */
  readonly processor: number;
}

export interface Measurement {
  /** The first run, which compiles. */
  readonly first: Time;
  /** The runs after it. */
  readonly times: readonly Time[];
}

/** Runs a workload as often as takes a few seconds. Times are in milliseconds. */
export async function measure({ prepare }: Workload): Promise<Measurement> {
  const action = await prepare();
  const first = await timed(action);
  const times: Time[] = [];
  const end = performance.now() + MILLISECONDS;
  while (times.length < MIN_RUNS || (performance.now() < end && times.length < MAX_RUNS)) times.push(await timed(action));
  return { first, times };
}

async function timed(action: () => Promise<unknown>): Promise<Time> {
  const before = process.cpuUsage();
  const started = performance.now();
  await action();
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { elapsed, processor: (user + system) / 1000 };
}

export const milliseconds = (value: number): string => `${value >= 100 ? Math.round(value) : value.toPrecision(2)} ms`;
