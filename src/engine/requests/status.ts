import type { EngineStatus } from '../../protocol/engine';
import { sharedEngine } from '../attribution/engine';
import { loadTfjs } from '../tfjs/loadTfjs';

/** What was found on this machine, what is used, and why. */
export async function status(): Promise<EngineStatus> {
  const [engine, tfjs] = await Promise.all([sharedEngine(), loadTfjs()]);
  return {
    process: { pid: process.pid, node: process.version, platform: `${process.platform}-${process.arch}`, residentBytes: process.memoryUsage.rss() },
    runtimes: [...engine.status],
    tensorflow: [...tfjs.status],
  };
}
