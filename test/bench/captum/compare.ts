import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Peer, SIDES, type Side } from './peers';
import type { CaptumWorkload } from './workloads';

/** Milliseconds by the clock, and of the processor in all threads. */
export interface Time {
  readonly elapsed: number;
  readonly processor: number;
}

export interface SideResult {
  /** The first call, which exports and compiles. */
  readonly first: Time;
  /** Medians of the calls after it. */
  readonly median: Time;
  /** The peak memory that attribution added; of the Python package with the whole process of the engine. */
  readonly bytes: number;
}

export interface Comparison {
  readonly workload: CaptumWorkload;
  /** Undefined: each side's default. */
  readonly threads: number | undefined;
  readonly rounds: number;
  readonly sides: Readonly<Record<Side, SideResult>>;
  /** The largest difference between the engine's result, by either way, and Captum's. */
  readonly largestDifference: number;
  /** The largest attribution of Captum's result. */
  readonly largestAttribution: number;
}

export interface CompareOptions {
  readonly python: string;
  readonly threads?: number;
  /** Rounds end after this time even if they are few. */
  readonly seconds: number;
  readonly folder: string;
}

const ENOUGH_ROUNDS = 15;
const FEW_ROUNDS = 5;

/** Runs a workload on all sides in turns, each in a fresh process. */
export async function compare(workload: CaptumWorkload, { python, threads, seconds, folder }: CompareOptions): Promise<Comparison> {
  const files = await exported(workload.model, python, folder);
  const peers = SIDES.map((side) => new Peer(side, python, threads));
  try {
    for (const peer of peers) await peer.do('prepare', peer.side === 'engine' ? { workload, ...files } : { workload, threads });
    const first = await inTurn(peers, (peer) => peer.do<Time>('run'));
    const times: Time[][] = peers.map(() => []);
    const started = performance.now();
    const past = (limit: number): boolean => performance.now() - started > limit * 1000;
    let rounds = 0;
    for (; rounds === 0 || (rounds < FEW_ROUNDS && !past(seconds)) || (rounds < ENOUGH_ROUNDS && !past(seconds / 2)); rounds++) {
      const turned = [...peers.slice(rounds % peers.length), ...peers.slice(0, rounds % peers.length)]; // each begins as often
      for (const peer of turned) times[peers.indexOf(peer)].push(await peer.do<Time>('run'));
    }
    const results = peers.map(({ side }) => path.join(folder, `${side}.bin`));
    const memory = await inTurn(peers, (peer, index) => peer.do<{ bytes: number }>('finish', { result: results[index] }));
    const [engine, shim, captum] = results.map(floats);
    const sides = Object.fromEntries(SIDES.map((side, index) => [side, { first: first[index], median: medianOf(times[index]), ...memory[index] }])) as Record<Side, SideResult>;
    return { workload, threads, rounds, sides, largestDifference: Math.max(difference(engine, captum), difference(shim, captum)), largestAttribution: captum.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
  } finally {
    await Promise.all(peers.map((peer) => peer.end()));
  }
}

const exports = new Map<string, Promise<{ onnx: string; input: string }>>();

/** The files of a model and its input, written once as the Python package exports it. */
function exported(model: string, python: string, folder: string): Promise<{ onnx: string; input: string }> {
  const known = exports.get(model) ?? writeModel(model, python, folder);
  exports.set(model, known);
  return known;
}

async function writeModel(model: string, python: string, folder: string): Promise<{ onnx: string; input: string }> {
  const files = { onnx: path.join(folder, `${model}.onnx`), input: path.join(folder, `${model}.npy`) };
  const peer = new Peer('captum', python);
  try {
    await peer.do('export', { model, ...files });
    return files;
  } finally {
    await peer.end();
  }
}

/** One after the other. */
async function inTurn<T>(peers: readonly Peer[], action: (peer: Peer, index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const [index, peer] of peers.entries()) results.push(await action(peer, index));
  return results;
}

const medianOf = (times: readonly Time[]): Time => ({ elapsed: median(times.map(({ elapsed }) => elapsed)), processor: median(times.map(({ processor }) => processor)) });

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function floats(file: string): Float32Array {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function difference(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) throw new Error(`The results have ${ours.length} and ${theirs.length} elements`);
  return ours.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs[index])), 0);
}
