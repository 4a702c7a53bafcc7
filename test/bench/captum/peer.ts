// The side of the comparison that is the engine without Python: told by lines of JSON what to do, it answers each with one.
import { createInterface } from 'node:readline';
import { readFileSync, writeFileSync } from 'node:fs';
import { api } from '../../../src/engine/api';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import type { Tensor } from '../../../src/engine/tensor';
import type { CaptumWorkload } from './workloads';

interface Commands {
  prepare: { workload: CaptumWorkload; onnx: string; input: string };
  run: object;
  finish: { result: string };
}

type Command = { [Name in keyof Commands]: { readonly do: Name } & Commands[Name] }[keyof Commands];

let attribute: (() => Promise<Tensor<'float32'>>) | undefined;
let result: Tensor<'float32'> | undefined;
let before = 0;

async function prepare({ workload, onnx, input }: Commands['prepare']): Promise<object> {
  const [model, x] = await Promise.all([api.loadModel(onnx), api.loadTensor(input)]);
  const { method, options, settings, noiseTunnel } = workload;
  const algorithms = api as unknown as Record<string, new (model: unknown, settings?: object) => Attribution>;
  const algorithm = new algorithms[method](model, settings && camelCased(settings));
  const runs = noiseTunnel ? new api.NoiseTunnel(algorithm) : algorithm;
  const given = camelCased({ ...options, ...noiseTunnel, target: 1 });
  attribute = () => runs.attribute(x, given) as Promise<Tensor<'float32'>>;
  try {
    writeFileSync('/proc/self/clear_refs', '5'); // the peak begins at what is held now
  } catch {
    // not Linux
  }
  before = process.memoryUsage.rss();
  return {};
}

async function run(): Promise<object> {
  const started = performance.now();
  const used = process.cpuUsage();
  result = await attribute?.();
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(used);
  return { elapsed, processor: (user + system) / 1000 };
}

function finish({ result: file }: Commands['finish']): object {
  if (result) writeFileSync(file, Buffer.from(result.data.buffer, result.data.byteOffset, result.data.byteLength));
  return { bytes: Math.max(0, peak() - before) };
}

function peak(): number {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

const camelCased = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]));

async function answer(command: Command): Promise<object> {
  try {
    return await (command.do === 'prepare' ? prepare(command) : command.do === 'run' ? run() : finish(command));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) console.log(JSON.stringify(await answer(JSON.parse(line) as Command)));
}

void main().then(() => process.exit(0));
