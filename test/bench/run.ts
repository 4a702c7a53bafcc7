// npm run bench [-- --captum ...]
//
// Times the workloads of the sample notebooks: the first run, which compiles, and the median of the runs after it, as
// elapsed time and as processor time of all threads. With --captum, compares with Captum (captum/main.ts).
import os from 'node:os';
import { sharedEngine } from '../../src/engine/attribution/engine';
import { median } from './captum/compare';
import { compareWithCaptum } from './captum/main';
import { MissingPython } from './captum/python';
import { WORKLOADS, type Workload } from './workloads';

/** Each workload runs until this much time is gone, at least so often. */
const MILLISECONDS = 10_000;
const MIN_RUNS = 5;
const MAX_RUNS = 50;

interface Time {
  readonly elapsed: number;
  readonly processor: number;
}

async function timed(action: () => Promise<unknown>): Promise<Time> {
  const before = process.cpuUsage();
  const started = performance.now();
  await action();
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { elapsed, processor: (user + system) / 1000 };
}

async function measure({ prepare }: Workload): Promise<{ first: Time; times: Time[] }> {
  const action = await prepare();
  const first = await timed(action);
  const times: Time[] = [];
  const end = performance.now() + MILLISECONDS;
  while (times.length < MIN_RUNS || (performance.now() < end && times.length < MAX_RUNS)) times.push(await timed(action));
  return { first, times };
}

const milliseconds = (value: number): string => `${value >= 100 ? Math.round(value) : value.toPrecision(2)} ms`.padStart(10);

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--captum')) return compareWithCaptum(args);
  const { runtime } = await sharedEngine();
  const [cpu] = os.cpus();
  console.log(`${cpu?.model ?? 'unknown processor'}, ${os.availableParallelism()} threads, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${process.platform}-${process.arch}, Node ${process.version}, ${runtime.name}, load ${os.loadavg()[0].toFixed(1)}\n`);
  const width = Math.max(...WORKLOADS.map(({ name }) => name.length));
  console.log(`${'workload'.padEnd(width)}      first    elapsed  processor  runs   (medians)`);
  for (const workload of WORKLOADS) {
    const { first, times } = await measure(workload);
    const columns = [first.elapsed, median(times.map(({ elapsed }) => elapsed)), median(times.map(({ processor }) => processor))];
    console.log(`${workload.name.padEnd(width)} ${columns.map(milliseconds).join(' ')}  ${String(times.length).padStart(4)}`);
  }
  console.log(`\nresident memory at the end: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof MissingPython ? error.message : error);
    process.exit(1);
  },
);
