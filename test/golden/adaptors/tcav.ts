import assert from 'node:assert/strict';
import type { Classifier, LabelledActivations } from '../../../src/engine/concept/classifier';
import { Concept } from '../../../src/engine/concept/concept';
import { TCAV } from '../../../src/engine/concept/tcav';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { closeToEach } from '../compare';
import { isTensor, itemsOf, type GoldenCase, type GoldenTensor, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { goldenModel, moduleOutputs } from './goldenModel';
import { toTarget } from './options';

type ByKeyAndLayer = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, GoldenValue>>>>>>;

/** TCAV scores with the recorded CAVs: the training of Captum's classifier cannot be replayed. */
export const tcavAdaptor: Adaptor = async (golden) => {
  const { json } = golden;
  const concepts = itemsOf(golden.field('concept_inputs') ?? []).map((data, id) => new Concept(id, `concept ${id}`, toFloats(data)));
  const sets = (json.experimental_sets as number[][]).map((ids) => ids.map((id) => concepts[id]));
  const outputs = moduleOutputs(golden);
  const names = json.layers as string[];
  const recorded = new RecordedClassifier(golden, sets.flatMap((set) => names.map((layer) => [set.map(({ id }) => id).join('-'), layer] as const)));
  const tcav = new TCAV(await goldenModel(golden), names.map((name) => outputs[name]), { classifier: recorded, attributeToLayerInput: json.attribute_to_layer_input === true });
  const inputs = itemsOf(golden.field('inputs') ?? []).map(toFloats);
  const scores = await tcav.interpret(inputs, sets, { target: toTarget(golden.field('target') ?? null, inputs[0].shape[0]) });
  for (const [key, layers] of Object.entries(golden.field('expected') as ByKeyAndLayer)) {
    for (const [layer, expected] of Object.entries(layers)) {
      const actual = scores[key][outputs[layer]];
      compare(golden, actual.signCount, expected.sign_count, `sign_count of ${key} at ${layer}`);
      compare(golden, actual.magnitude, expected.magnitude, `magnitude of ${key} at ${layer}`);
    }
  }
};

/** Answers with the CAVs of the case in the order in which they are asked for. */
class RecordedClassifier implements Classifier {
  private current: Readonly<Record<string, GoldenValue>> = {};

  constructor(
    private readonly golden: GoldenCase,
    private readonly asked: (readonly [key: string, layer: string])[],
  ) {}

  trainAndEval({ activations, labels }: LabelledActivations): { accs: number } {
    const [key, layer] = this.asked.shift() ?? ['', ''];
    this.current = (this.golden.field('cavs') as ByKeyAndLayer)[key][layer];
    assert.equal(activations.shape[0], labels.length, 'a label for each example of the concepts');
    return { accs: Number(this.current.accuracy) };
  }

  weights(): Tensor<'float32'> {
    return toFloats(this.current.weights);
  }

  classes(): readonly number[] {
    return itemsOf(this.current.classes).map(Number);
  }
}

function compare({ tolerance }: GoldenCase, actual: GoldenTensor, expected: GoldenValue, name: string): void {
  assert.ok(isTensor(expected), 'a tensor is expected');
  closeToEach(actual, expected, tolerance, name);
}

function toFloats(value: GoldenValue): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), value.shape);
}
