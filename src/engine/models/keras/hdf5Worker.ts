import { parentPort } from 'node:worker_threads';
import { LensError, toErrorPayload, type ErrorPayload } from '../../../protocol/errors';
import type { Tensor } from '../../tensor';
import { Hdf5File } from './hdf5';
import type { Hdf5Reply, Hdf5Request, Hdf5Results } from './hdf5Messages';
import { mostWeightBytes } from './limits';

/** What the library needs beside the weights: its own data, and chunks that are unpacked. */
const OVERHEAD_BYTES = 256 * 2 ** 20;
const PAGE_BYTES = 65_536;

let file: Hdf5File | undefined;
let mostBytes = OVERHEAD_BYTES;

/** Where the library's memory may not grow, its allocation fails, which it reports. */
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
  if (this.buffer.byteLength + pages * PAGE_BYTES > mostBytes) throw new RangeError(`HDF5 may take ${mostBytes} bytes`);
  return grow.call(this, pages);
};

parentPort?.on('message', async (request: Hdf5Request) => {
  const transferred: ArrayBuffer[] = [];
  parentPort?.postMessage(await answer(request, transferred), transferred);
});

/** The reply to a request. Errors other than LensError end the thread: the library may not work any more. */
async function answer(request: Hdf5Request, transferred: ArrayBuffer[]): Promise<Hdf5Reply> {
  try {
    return { result: await resultOf(request, transferred) };
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    return { error: toErrorPayload(error) };
  }
}

async function resultOf(request: Hdf5Request, transferred: ArrayBuffer[]): Promise<Hdf5Results[Hdf5Request['kind']]> {
  if (request.kind === 'open') {
    file?.close();
    file = undefined;
    mostBytes = 2 * mostWeightBytes(request.bytes.length) + OVERHEAD_BYTES;
    const opened = (file = await Hdf5File.open(request.bytes));
    return { config: opened.text('/', 'model_config'), version: opened.text('/', 'keras_version') ?? opened.text('model_weights', 'keras_version') };
  }
  if (!file) throw new Error('no file is open');
  const opened = file;
  const names = new Map(request.kind === 'listed' ? request.groups.map((group) => [group, opened.texts(group, 'weight_names') ?? []]) : []);
  const paths = request.kind === 'nested' ? opened.variables(request.group) : [...names].flatMap(([group, each]) => each.map((name) => `${group}/${name}`));
  const tensors = new Map<string, Tensor | ErrorPayload>();
  for (const path of paths) {
    const found = tensors.has(path) ? undefined : tensorOf(opened, path);
    if (!found) continue;
    tensors.set(path, found);
    if ('data' in found && ArrayBuffer.isView(found.data) && found.data.buffer instanceof ArrayBuffer) transferred.push(found.data.buffer);
  }
  return { names, tensors };
}

function tensorOf(opened: Hdf5File, path: string): Tensor | ErrorPayload | undefined {
  try {
    return opened.tensor(path);
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    return toErrorPayload(error);
  }
}
