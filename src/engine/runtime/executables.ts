import { LensError } from '../../protocol/errors';
import type { Graph } from '../graph/graph';
import type { Tensor } from '../tensor';
import { peakBytes } from './footprint';
import type { Executable, Feeds, Runtime } from './runtime';

export interface ExecutableCacheOptions {
  /** Bytes that compiled graphs may hold together: their constants and the memory of a run. Default: 1 GiB. */
  maxBytes?: number;
}

interface Entry {
  readonly compiled: Promise<Executable>;
  bytes: number;
  running: number;
  evicted: boolean;
}

/**
 * Compiled graphs by the identity of their Graph object. The least recently used ones are disposed, after their last
 * run, when all together hold too much; the most recent one is always kept.
 */
export class ExecutableCache {
  private readonly maxBytes: number;
  /** In order of use, the most recent one last. */
  private readonly entries = new Map<Graph, Entry>();

  constructor(
    private readonly runtime: Runtime,
    { maxBytes = 2 ** 30 }: ExecutableCacheOptions = {},
  ) {
    this.maxBytes = maxBytes;
  }

  /** The graph made ready to run. It stays usable after it fell out of the cache: it is then compiled anew. */
  async get(graph: Graph): Promise<Executable> {
    const { bytes } = await this.use(graph).compiled;
    return {
      bytes,
      run: (feeds) => this.run(graph, feeds),
      dispose: async () => {
        const entry = this.entries.get(graph);
        if (entry) await this.evict(graph, entry);
      },
    };
  }

  /** Disposes everything that is not running now, the rest after its run. */
  async dispose(): Promise<void> {
    await Promise.all([...this.entries].map(([graph, entry]) => this.evict(graph, entry)));
  }

  private async run(graph: Graph, feeds: Feeds): Promise<Record<string, Tensor>> {
    const entry = this.use(graph);
    entry.running++;
    try {
      return await (await entry.compiled).run(feeds);
    } finally {
      entry.running--;
      await disposeIdle(entry);
    }
  }

  /** The entry of a graph, made the most recent one. */
  private use(graph: Graph): Entry {
    const known = this.entries.get(graph);
    const entry = known ?? this.compile(graph);
    this.entries.delete(graph);
    this.entries.set(graph, entry);
    return entry;
  }

  private compile(graph: Graph): Entry {
    const entry: Entry = { compiled: this.compileOrMakeRoom(graph), bytes: 0, running: 0, evicted: false };
    entry.compiled.then(
      ({ bytes }) => {
        entry.bytes = bytes + peakBytes(graph);
        return this.shrink();
      },
      () => this.entries.get(graph) === entry && this.entries.delete(graph),
    );
    return entry;
  }

  private async compileOrMakeRoom(graph: Graph): Promise<Executable> {
    try {
      return await this.runtime.compile(graph);
    } catch (error) {
      const others = [...this.entries].filter(([other]) => other !== graph);
      if (!(error instanceof LensError) || error.code !== 'out-of-memory' || others.length === 0) throw error;
      await Promise.all(others.map(([other, entry]) => this.evict(other, entry)));
      return this.runtime.compile(graph);
    }
  }

  private async shrink(): Promise<void> {
    let total = [...this.entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [graph, entry] of [...this.entries].slice(0, -1)) {
      if (total <= this.maxBytes) return;
      if (entry.bytes === 0) continue; // still being compiled
      total -= entry.bytes;
      await this.evict(graph, entry);
    }
  }

  private async evict(graph: Graph, entry: Entry): Promise<void> {
    if (this.entries.get(graph) === entry) this.entries.delete(graph);
    entry.evicted = true;
    await disposeIdle(entry);
  }
}

async function disposeIdle(entry: Entry): Promise<void> {
  if (!entry.evicted || entry.running > 0) return;
  const executable = await entry.compiled.catch(() => undefined);
  if (entry.running === 0) await executable?.dispose();
}
