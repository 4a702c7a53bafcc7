import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../protocol/errors';
import { toTensor } from '../engine/attribution/tensorLike';
import { imageInputOf, type ImageInput } from '../engine/images/imageInput';
import { loadImage } from '../engine/images/loadImage';
import { loadNpy } from '../engine/images/loadNpy';
import type { DescribedModel } from '../engine/models/modelFolder';
import type { Model } from '../engine/models/model';
import { withHints } from '../engine/presentation/hints';
import type { Tensor } from '../engine/tensor';

/** Reads a file as a tensor for the model's input of an index. */
export type TensorReader = (file: string, input: number) => Promise<Tensor>;

const IMAGES = ['.png', '.jpg', '.jpeg'];
const READABLE = [...IMAGES, '.npy', '.json', '.txt'];

/** The files of inputs: those named, and of folders all that can be read, by name. */
export async function filesOf(inputs: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const input of inputs) {
    const info = await stat(input).catch(() => undefined);
    if (!info) throw new LensError('not-found', `Input '${input}': there is no such file or folder`, `Relative paths start at ${process.cwd()}.`);
    if (!info.isDirectory()) files.push(input);
    else files.push(...(await readdir(input)).filter((name) => READABLE.includes(path.extname(name).toLowerCase())).sort().map((name) => path.join(input, name)));
  }
  if (files.length === 0) throw new LensError('not-found', `Input '${inputs.join(', ')}': there is no ${READABLE.join(', ')} file`);
  return files;
}

/** Reads .npy arrays, nested numbers of .json files, and images as the model takes them. */
export function tensorReader(model: DescribedModel, channels: Pick<ImageInput, 'mean' | 'std'>): TensorReader {
  return async (file, input) => {
    const extension = path.extname(file).toLowerCase();
    if (extension === '.npy') return loadNpy(file);
    if (IMAGES.includes(extension)) return loadImage(file, { ...(model.imageInput ?? imageInputOf(model, input)), ...channels });
    if (extension === '.json') return fromJson(file, model, input);
    throw new LensError('invalid-argument', `Input '${path.basename(file)}': must be a .png, .jpg, .npy or .json file for model '${model.name}'`, 'Texts (.txt) are read for the model language-detector.');
  };
}

async function fromJson(file: string, model: Model, input: number): Promise<Tensor> {
  const name = path.basename(file);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new LensError('not-found', `Input '${name}': cannot be read (${error.code ?? error.message})`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LensError('invalid-argument', `Input '${name}': is not valid JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!Array.isArray(value)) throw new LensError('invalid-argument', `Input '${name}': nested arrays of numbers are needed, with the examples on the first axis`);
  return withHints((await toTensor(value, `Input '${name}'`, model.inputs[input]?.dtype)).tensor, { name });
}
