import path from 'node:path';
import { api } from '../../src/engine/api';

/** A unit of work that is timed as a whole. */
export interface Workload {
  readonly name: string;
  /** Loads what is needed; the returned function is timed. */
  prepare(): Promise<() => Promise<unknown>>;
}

const media = path.resolve(__dirname, '../../media');
const sample = (name: string): string => path.join(media, 'samples', name);

const net = (nSteps: number): Workload => ({
  name: `Net of the talk, 1 x 50 x 50, Integrated Gradients, ${nSteps} steps`,
  async prepare() {
    const model = await api.loadModel(sample('models/net.onnx'));
    const [image, baselines] = await Promise.all([api.loadTensor(sample('models/net-image.npy')), api.loadTensor(sample('models/net-baseline.npy'))]);
    return () => new api.IntegratedGradients(model).attribute(image, { baselines, target: 1, nSteps });
  },
});

const RUST = 'fn main() {\n    let squares: Vec<u32> = (0..10).map(|i| i * i).collect();\n    println!("{:?}", squares);\n}\n';

/** What the sample notebooks do. */
export const WORKLOADS: readonly Workload[] = [
  net(20),
  net(50),
  {
    name: 'EfficientNet-Lite0, 3 x 224 x 224, Integrated Gradients, 50 steps',
    async prepare() {
      const model = await api.loadModel(path.join(media, 'models/efficientnet-lite0'));
      const image = await api.loadImage(sample('photos/coffee.jpg'), { for: model });
      return () => new api.IntegratedGradients(model).attribute(image, { target: 967, nSteps: 50 });
    },
  },
  {
    name: `Language detector, ${RUST.length} characters, Integrated Gradients, 50 steps`,
    async prepare() {
      const detector = await api.loadLanguageDetector();
      const { model, input } = detector.encode(RUST);
      return () => new api.IntegratedGradients(model).attribute(input, { target: detector.indexOf('rust'), nSteps: 50 });
    },
  },
];
