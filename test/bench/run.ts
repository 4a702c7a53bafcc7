// npm run bench [-- --captum ... | --executors]
//
// Times the workloads of the sample notebooks: the first run, which compiles, and the median of the runs after it, as
// elapsed time and as processor time of all threads. With --captum, compares with Captum (captum/main.ts);
// with --executors, all executors (executors.ts).
import os from 'node:os';
import { sharedEngine } from '../../src/engine/attribution/engine';
import { median } from './captum/compare';
import { compareWithCaptum } from './captum/main';
import { MissingPython } from './captum/python';
import { compareExecutors } from './executors';
import { measure, milliseconds } from './timing';
import { WORKLOADS } from './workloads';

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--captum')) return compareWithCaptum(args);
  if (args.includes('--executors')) return compareExecutors();
  const { runtime } = await sharedEngine();
  const [cpu] = os.cpus();
  console.log(`${cpu?.model ?? 'unknown processor'}, ${os.availableParallelism()} threads, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${process.platform}-${process.arch}, Node ${process.version}, ${runtime.name}, load ${os.loadavg()[0].toFixed(1)}\n`);
  const width = Math.max(...WORKLOADS.map(({ name }) => name.length));
  console.log(`${'workload'.padEnd(width)}      first    elapsed  processor  runs   (medians)`);
  for (const workload of WORKLOADS) {
    const { first, times } = await measure(workload);
    const columns = [first.elapsed, median(times.map(({ elapsed }) => elapsed)), median(times.map(({ processor }) => processor))];
    console.log(`${workload.name.padEnd(width)} ${columns.map((column) => milliseconds(column).padStart(10)).join(' ')}  ${String(times.length).padStart(4)}`);
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
