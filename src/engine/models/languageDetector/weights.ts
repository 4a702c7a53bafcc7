import path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import { float32, sizeOf, type Tensor } from '../../tensor';
import { readModelJson, readWeights } from '../tfjs/modelFiles';

/** The detector's weights: deep and wide part, and the labels by index of the logits. */
export interface DetectorWeights {
  readonly labels: readonly string[];
  /** For each bucket of bigrams, the embedding that is averaged (70 numbers). */
  readonly embedding: Tensor<'float32'>;
  /** For each bucket of bigrams, what it adds to the logits (54 numbers). */
  readonly wide: Tensor<'float32'>;
  readonly wideBias: Tensor<'float32'>;
  /** Weights and bias of the hidden layers and the last one. */
  readonly dense: readonly (readonly [Tensor<'float32'>, Tensor<'float32'>])[];
}

/** Reads the model of `@vscode/vscode-languagedetection` from its folder. Throws `not-found` or `invalid-model`. */
export async function readDetectorWeights(folder: string): Promise<DetectorWeights> {
  const file = path.join(folder, 'model.json');
  const json = await readModelJson(file);
  const [specs, buffer] = await readWeights(file, json.weightsManifest);
  const stored = locate(specs, new Uint8Array(buffer));
  const take = (name: string): Stored => {
    const found = stored.get(name);
    if (!found) throw new LensError('invalid-model', `Language detector: its model has no weight '${name}'`, 'Reinstall the extension.');
    return found;
  };
  const floats = (name: string): Tensor<'float32'> => decode(take(name));
  return {
    labels: strings(take('head/ExpandDims/input')),
    embedding: floats('dnn/input_from_feature_columns/input_layer/content_embedding/embedding_weights'),
    wide: floats('linear/linear_model/content/weights'),
    wideBias: floats('linear/linear_model/bias_weights'),
    dense: ['hiddenlayer_0', 'hiddenlayer_1', 'logits'].map((layer) => [floats(`dnn/${layer}/kernel`), floats(`dnn/${layer}/bias`)] as const),
  };
}

interface Stored {
  readonly spec: io.WeightsManifestEntry;
  readonly bytes: Uint8Array;
}

/** Cuts the weight file, whose size has been checked, into weights. */
function locate(specs: readonly io.WeightsManifestEntry[], data: Uint8Array): Map<string, Stored> {
  const result = new Map<string, Stored>();
  let start = 0;
  for (const spec of specs) {
    const end = spec.dtype === 'string' ? endOfStrings(data, start, sizeOf(spec.shape)) : start + sizeOf(spec.shape) * (spec.quantization ? 1 : 4);
    result.set(spec.name, { spec, bytes: data.subarray(start, end) });
    start = end;
  }
  return result;
}

/** Each string is its length in 4 bytes, and its bytes. */
function endOfStrings(data: Uint8Array, start: number, count: number): number {
  const view = new DataView(data.buffer, data.byteOffset);
  let end = start;
  for (let index = 0; index < count; index++) end += 4 + view.getUint32(end, true);
  return end;
}

function strings({ spec, bytes }: Stored): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const result: string[] = [];
  let offset = 0;
  for (let index = 0; index < sizeOf(spec.shape); index++) {
    const length = view.getUint32(offset, true);
    result.push(new TextDecoder().decode(bytes.subarray(offset + 4, offset + 4 + length)));
    offset += 4 + length;
  }
  return result;
}

/** Weights are quantized to bytes: value = byte * scale + min. */
function decode({ spec, bytes }: Stored): Tensor<'float32'> {
  const { quantization } = spec;
  if (spec.dtype !== 'float32' || (quantization && (quantization.dtype !== 'uint8' || quantization.scale === undefined || quantization.min === undefined))) {
    throw new LensError('invalid-model', `Language detector: weight '${spec.name}' must be float32 or quantized to uint8`);
  }
  const { scale = 1, min = 0 } = quantization ?? {};
  const values = quantization ? Float32Array.from(bytes, (byte) => byte * scale + min) : new Float32Array(bytes.slice().buffer);
  return float32(values, spec.shape);
}
