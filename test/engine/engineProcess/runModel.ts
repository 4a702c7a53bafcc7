import { differentiate, seedName } from '../../../src/engine/graph/differentiate';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { serve } from '../../../src/engine/requests/serve';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { sizeOf, tensor, type DataType, type Shape, type Tensor } from '../../../src/engine/tensor';

/** The requests of the process that hostileModels.test.ts forks. */
export interface RunModelRequests {
  /** Computes the outputs and gradients of a model for inputs of zeros; answers how many values it has. */
  run: { params: { model: Uint8Array }; result: number };
}

const loaded = OnnxRuntime.load({ threads: 1 });
const zeros = (dtype: DataType, shape: Shape): Tensor => (dtype === 'int64' ? tensor('int64', new BigInt64Array(sizeOf(shape)), shape) : dtype === 'float32' ? tensor('float32', new Float32Array(sizeOf(shape)), shape) : dtype === 'int32' ? tensor('int32', new Int32Array(sizeOf(shape)), shape) : tensor('bool', new Uint8Array(sizeOf(shape)), shape));

serve<RunModelRequests>({
  run: async ({ model: bytes }) => {
    const runtime = await loaded;
    const model = await loadOnnxModel(bytes);
    const graph = await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => (dim === -1 ? 2 : dim)) })));
    const [of] = graph.outputs;
    const wrt = graph.inputs.filter(({ dtype }) => dtype === 'float32').map(({ name }) => name);
    const isDifferentiable = graph.values.get(of)?.dtype === 'float32' && wrt.length > 0;
    const executable = await runtime.compile(isDifferentiable ? differentiate(graph, { of, wrt }) : graph);
    const seed = graph.values.get(of);
    const feeds = Object.fromEntries(graph.inputs.map(({ name, dtype, shape }) => [name, zeros(dtype, shape)]));
    const outputs = await executable.run(isDifferentiable && seed ? { ...feeds, [seedName(of)]: zeros('float32', seed.shape) } : feeds);
    await executable.dispose();
    return Object.keys(outputs).length;
  },
});
