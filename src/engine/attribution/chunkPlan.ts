import os from 'node:os';
import type { Graph } from '../graph/graph';
import { peakBytes } from '../runtime/footprint';

/** How much memory the rows of one chunk may take, in bytes. */
export interface ChunkBudget {
  readonly bytes: number;
}

/** More than this makes nothing faster on a processor, and progress and cancelling coarser. */
const USEFUL_BYTES = 256 * 2 ** 20;
/** The part of the free memory that one chunk may take. */
const SHARE_OF_FREE = 1 / 4;
/** What ONNX Runtime was measured to hold in relation to the values that must exist: its arena grows in powers of two. */
const OVERHEAD = 5;

/** A quarter of the free memory, at most 256 MiB. */
export const defaultBudget = (): ChunkBudget => ({ bytes: Math.min(USEFUL_BYTES, os.freemem() * SHARE_OF_FREE) });

/**
 * How many rows run at once: as many as the budget holds, judged by the values that are alive at the same time in the
 * graph for one row; evenly divided, so that one compiled size serves all chunks and the last one is hardly padded.
 */
export function rowsPerChunk(rows: number, oneRow: Graph, { bytes }: ChunkBudget, limit = Infinity): number {
  const fitting = Math.floor(bytes / (peakBytes(oneRow) * OVERHEAD));
  const most = Math.max(1, Math.min(rows, fitting, limit));
  const chunks = Math.ceil(rows / most);
  return Math.ceil(rows / chunks);
}
