import type { ErrorPayload } from '../../../protocol/errors';
import type { Tensor } from '../../tensor';

/** What the thread that reads HDF5 is asked. */
export type Hdf5Request =
  | { kind: 'open'; bytes: Uint8Array }
  /** The weights that groups list in `weight_names`, by the path of the group, a `/` and the name in the list. */
  | { kind: 'listed'; groups: readonly string[] }
  /** The datasets `vars/0`, `vars/1`, ... of all groups within one. */
  | { kind: 'nested'; group: string };

/** What Keras writes about the model into an HDF5 file, as far as it is there. */
export interface Hdf5Description {
  readonly config: string | undefined;
  readonly version: string | undefined;
}

/** Weights by path. What cannot be read may not be needed: it is kept as the error to throw when it is. */
export interface Hdf5Weights {
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly tensors: ReadonlyMap<string, Tensor | ErrorPayload>;
}

export interface Hdf5Results {
  open: Hdf5Description;
  listed: Hdf5Weights;
  nested: Hdf5Weights;
}

export type Hdf5Reply<Kind extends keyof Hdf5Results = keyof Hdf5Results> = { result: Hdf5Results[Kind] } | { error: ErrorPayload };
