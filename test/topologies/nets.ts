import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/engine/graph/onnx_pb';
import { loadOnnxModel, type OnnxModel } from '../../src/engine/models/onnx/onnxModel';
import { float32, sizeOf, type Shape, type Tensor } from '../../src/engine/tensor';
import { randomFrom } from '../engine/operators/random';

/** What torch computes for a net with the weights of nets.py, written by export.py. */
export interface Reference {
  /** Of one example. */
  readonly shape: Shape;
  /** The logit of each example whose gradients these are. */
  readonly target: readonly number[];
  /** [example][class] */
  readonly logits: readonly (readonly number[])[];
  /** Where the gradients are sampled: positions in an example. */
  readonly places: readonly number[];
  /** [example][place] */
  readonly gradients: readonly (readonly number[])[];
  /** The largest magnitude in the whole gradient of each example. */
  readonly largest: readonly number[];
  /** Offset and scale of each weight by its name, where the file is without weights. */
  readonly weights?: Readonly<Record<string, readonly [number, number]>>;
}

/** A model and what it is examined on. */
export interface Net {
  readonly name: string;
  readonly model: OnnxModel;
  /** [examples, ...shape] */
  readonly inputs: Tensor<'float32'>;
  /** The output of each example whose gradients are taken: a class, and places on further axes. */
  readonly target: readonly (readonly number[])[];
}

/** A net of which is known what torch computes for it. */
export interface TorchNet extends Net {
  readonly reference: Reference;
}

const DATA = path.join(__dirname, 'data');

export const storedNets = (): string[] => readdirSync(DATA).filter((file) => file.endsWith('.onnx.gz')).map((file) => path.basename(file, '.onnx.gz'));

/** A net of the repository: its file, filled with weights. */
export async function storedNet(name: string): Promise<TorchNet> {
  const reference = referenceIn(DATA, name);
  return net(name, withWeights(gunzipSync(readFileSync(path.join(DATA, `${name}.onnx.gz`))), reference), reference);
}

/** A net that export.py has written to a folder. */
export const exportedNet = (folder: string, name: string): Promise<TorchNet> => net(name, readFileSync(path.join(folder, `${name}.onnx`)), referenceIn(folder, name));

async function net(name: string, bytes: Uint8Array, reference: Reference): Promise<TorchNet> {
  const shape = [reference.target.length, ...reference.shape];
  return { name, model: await loadOnnxModel(bytes, { name }), inputs: float32(values(`${name} input`, sizeOf(shape)), shape), target: reference.target.map((index) => [index]), reference };
}

/** The reference of a net in a folder. */
export const referenceIn = (folder: string, name: string): Reference => JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));

/** offset + scale * u in float32, where u are the numbers of a name in [-1, 1), as nets.py computes them. */
export function values(name: string, size: number, offset = 0, scale = 1): Float32Array {
  const next = randomFrom(name);
  const factor = Math.fround(scale);
  return Float32Array.from({ length: size }, () => offset + Math.fround(factor * (next() * 2 - 1)));
}

function withWeights(bytes: Uint8Array, { weights = {} }: Reference): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, bytes);
  for (const initializer of proto.graph?.initializer ?? []) {
    if (!Object.hasOwn(weights, initializer.name)) continue;
    const [offset, scale] = weights[initializer.name];
    const numbers = values(initializer.name, sizeOf(initializer.dims.map(Number)), offset, scale);
    initializer.rawData = new Uint8Array(numbers.buffer);
  }
  return toBinary(ModelProtoSchema, proto);
}
