import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tensor, type Tensor } from '../../../src/engine/tensor';

const DATA = join(__dirname, '../../golden/data');

interface ModelFile {
  readonly path: string;
  readonly model: string;
  readonly variant: string;
  /** Module names, with the ONNX value that is the module's output. */
  readonly moduleOutputs: Record<string, string>;
}

/** Every ONNX file of the golden models. */
export function modelFiles(): ModelFile[] {
  return readdirSync(join(DATA, 'models')).flatMap((model) => {
    const folder = join(DATA, 'models', model);
    const { onnx } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { onnx: Record<string, { variant: string; module_output_tensor: Record<string, string> }> };
    return Object.entries(onnx).map(([file, entry]) => ({ path: join(folder, file), model, variant: entry.variant, moduleOutputs: entry.module_output_tensor }));
  });
}

export interface ForwardCase {
  readonly id: string;
  readonly inputs: Tensor[];
  readonly output: Tensor;
}

interface Reference {
  $tensor: string;
}

/** Inputs of the stored cases of a model with the output that PyTorch computed in float64. */
export function forwardCases(model: string, variant: string): ForwardCase[] {
  const folder = join(DATA, 'cases/IntegratedGradients');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    .filter((item) => item.model === model && item.variant === variant && item.forward_f64?.at_inputs)
    .map((item) => {
      const bytes = readFileSync(join(folder, item.data));
      const extra = item.call.additional_forward_args ?? [];
      const references: Reference[] = [...item.inputs, ...(extra.$tuple ?? [extra].flat())];
      const read = ({ $tensor }: Reference): Tensor => {
        const { dtype, shape, offset, nbytes } = item.tensors[$tensor];
        const data = new Uint8Array(bytes.subarray(offset, offset + nbytes)).buffer;
        if (dtype === 'float64') return tensor('float32', Float32Array.from(new Float64Array(data)), shape);
        return dtype === 'int64' ? tensor('int64', new BigInt64Array(data), shape) : tensor('float32', new Float32Array(data), shape);
      };
      return { id: item.id, inputs: references.map(read), output: read(item.forward_f64.at_inputs) };
    });
}
