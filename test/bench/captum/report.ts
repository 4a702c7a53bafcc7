import os from 'node:os';
import type { Comparison } from './compare';
import { MODELS } from './workloads';

/** Where the times were taken. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly platform: string;
  readonly load: number;
  /** Versions by name. */
  readonly versions: Readonly<Record<string, string>>;
}

export function machine(versions: Readonly<Record<string, string>>): Machine {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    platform: `${process.platform}-${process.arch}`,
    load: os.loadavg()[0],
    versions,
  };
}

export const describeMachine = ({ processor, cores, memory, platform, load, versions }: Machine): string =>
  `${processor}, ${cores} cores, ${memory}, ${platform}, load ${load.toFixed(1)}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}`;

export const HEADERS = ['workload', 'threads', 'engine', 'Python package', 'Captum', 'ratio', 'processor ratio', 'memory', "Captum's memory", 'difference', 'rounds'];

/** What the columns mean. */
export const LEGEND = `Medians of calls in turns, each side in a process of its own. Ratio: the Python package to Captum by the clock, and of
processor time in all threads (what holds on a busy machine); below 1 is faster. Memory: the peak that attribution adds
(to the process of Captum; to that of the Python package, with the whole process of the engine). Difference: the largest,
as a part of the largest attribution. DeepLift differs on the Net, where each ReLU module feeds a MaxPool module: there Captum
takes the pool's plain gradient, the engine the published rule; both sum to F(x) - F(x').
The transformer's has eps 1e-2, without which Softmax divides by rounding in both.`;

/** The cells of a comparison, in the order of {@link HEADERS}. */
export function cellsOf({ workload, threads, rounds, sides: { engine, python, captum }, largestDifference, largestAttribution }: Comparison): string[] {
  return [
    workload.title,
    threads === undefined ? 'default' : String(threads),
    milliseconds(engine.median.elapsed),
    milliseconds(python.median.elapsed),
    milliseconds(captum.median.elapsed),
    (python.median.elapsed / captum.median.elapsed).toFixed(2),
    (python.median.processor / captum.median.processor).toFixed(2),
    mebibytes(python.bytes),
    mebibytes(captum.bytes),
    (largestDifference / largestAttribution).toExponential(0),
    String(rounds),
  ];
}

/** A table as aligned text. */
export function asText(comparisons: readonly Comparison[]): string {
  const rows = [HEADERS, ...comparisons.map((comparison) => [`${comparison.workload.model}: ${comparison.workload.title}`, ...cellsOf(comparison).slice(1)])];
  const widths = HEADERS.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')).join('\n');
}

/** Tables for a README, one for each model. */
export function asMarkdown(comparisons: readonly Comparison[], where: Machine): string {
  const models = [...new Set(comparisons.map(({ workload }) => workload.model))];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const tables = models.map((model) => [`**${MODELS[model]}**`, '', line(HEADERS), line(HEADERS.map((_, index) => (index === 0 ? '---' : '---:'))), ...comparisons.filter(({ workload }) => workload.model === model).map((comparison) => line(cellsOf(comparison)))].join('\n'));
  return [...tables, LEGEND, describeMachine(where)].join('\n\n');
}

const milliseconds = (value: number): string => (value >= 10_000 ? `${(value / 1000).toPrecision(3)} s` : `${value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ms`);
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
