// npm run bench -- --executors
//
// Times predictions and gradients on each executor that runs here and prints a table in Markdown.
import path from 'node:path';
import { useRuntime } from '../../src/engine/attribution/engine';
import { Saliency } from '../../src/engine/attribution/saliency';
import { loadOnnxModel, type OnnxModel } from '../../src/engine/models/onnx/onnxModel';
import { evaluate } from '../../src/engine/requests/attribute';
import { runtimeCandidates } from '../../src/engine/runtime/candidates';
import { chooseRuntime } from '../../src/engine/runtime/chooseRuntime';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensor';
import { median } from './captum/compare';
import { describeMachine, machine } from './captum/report';
import { resnet18 } from './resnet18';
import { measure, milliseconds } from './timing';
import type { Workload } from './workloads';

/** As the setting names them. */
const EXECUTORS = ['onnxruntime-node', 'onnxruntime-web', 'tfjs', 'onnxruntime-node (webgpu)', 'onnxruntime-node (dml)', 'onnxruntime-node (coreml)', 'onnxruntime-node (cuda)'];

const MODELS = [
  { name: "the talk's Net, 1 × 50 × 50", source: () => path.resolve(__dirname, '../../media/samples/models/net.onnx'), shape: [1, 1, 50, 50] },
  { name: 'ResNet-18, 3 × 224 × 224', source: resnet18, shape: [1, 3, 224, 224] },
];

/** Of each model: a prediction, and a gradient, which includes one. */
const WORKLOADS: readonly Workload[] = MODELS.flatMap(({ name, source, shape }) => {
  const loaded = async (): Promise<{ model: OnnxModel; image: Tensor<'float32'> }> => ({
    model: await loadOnnxModel(source(), { name }),
    image: float32(Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(index)), shape),
  });
  return [
    { name: `${name}: prediction`, prepare: () => loaded().then(({ model, image }) => () => evaluate(model, [image])) },
    { name: 'gradient', prepare: () => loaded().then(({ model, image }) => () => new Saliency(model).attribute(image, { target: 1 })) },
  ];
});

export async function compareExecutors(): Promise<void> {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(line(['Executor', ...WORKLOADS.map(({ name }) => name)]));
  console.log(line(['---', ...WORKLOADS.map(() => '---:')]));
  const missing: string[] = [];
  for (const name of EXECUTORS) {
    const { runtime, status } = await chooseRuntime(runtimeCandidates(name));
    if (!status[0].available) {
      missing.push(`${name}: ${status[0].reason.split('\n', 1)[0]}`);
      continue;
    }
    const engine = useRuntime(runtime);
    const cells: string[] = [];
    for (const workload of WORKLOADS) {
      const times = (await measure(workload)).times.map(({ elapsed }) => elapsed);
      cells.push(`${milliseconds(median(times))} (${milliseconds(Math.min(...times))})`);
    }
    await engine.dispose();
    console.log(line([runtime.name, ...cells]));
  }
  console.log(`\nMedians for one image, and the fastest run. ${describeMachine(machine({ node: process.version }))}`);
  if (missing.length > 0) console.log(`\nNot here:\n${missing.map((reason) => `- ${reason}`).join('\n')}`);
}
