import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dump } from 'npyjs';
import { LensError } from '../protocol/errors';
import type { Explanation } from '../engine/attribution/explanation';
import { returnedOf } from '../engine/attribution/results';
import { present } from '../engine/presentation/present';
import type { Tensor } from '../engine/tensor';

/** The file name of an input without its ending, for outputs in folders. */
export const stemOf = (file: string): string => path.basename(file, path.extname(file));

/**
 * Writes attributions as `.npy` (float32, one file for each input or layer of several: `out.0.npy`, `out.1.npy`) and as a
 * picture (`.png`). Another path is a folder that gets both, named after the input.
 *
 * @returns the files written.
 * @throws LensError `invalid-argument` when a file cannot be written.
 */
export async function writeOutputs(explanation: Explanation, out: readonly string[], stem: string): Promise<string[]> {
  const written: string[] = [];
  const write = async (file: string, bytes: Uint8Array): Promise<void> => {
    try {
      await mkdir(path.dirname(path.resolve(file)), { recursive: true });
      await writeFile(file, bytes);
    } catch (error) {
      throw new LensError('invalid-argument', `--out: '${file}' cannot be written (${error instanceof Error ? error.message : String(error)})`);
    }
    written.push(file);
  };
  const arrays = async (file: string): Promise<void> => {
    const attributions = returnedOf(explanation);
    for (const [index, part] of attributions.entries()) await write(attributions.length === 1 ? file : file.replace(/\.npy$/i, `.${index}.npy`), npyOf(part));
  };
  for (const target of out) {
    const extension = path.extname(target).toLowerCase();
    if (extension !== '.npy') await write(extension === '.png' ? target : path.join(target, `${stem}.png`), present(explanation, stem).png);
    if (extension !== '.png') await arrays(extension === '.npy' ? target : path.join(target, `${stem}.npy`));
  }
  return written;
}

/** Whether a path is a folder that outputs go to. */
export const isFolder = (target: string): boolean => !['.npy', '.png'].includes(path.extname(target).toLowerCase());

const npyOf = ({ data, shape }: Tensor<'float32'>): Uint8Array => new Uint8Array(dump(data, [...shape]));
