import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runJob } from '../../../src/engine/attribution/job';
import { randomSource } from '../../../src/engine/attribution/random';
import type { Classifier, LabelledActivations } from '../../../src/engine/concept/classifier';
import { Concept } from '../../../src/engine/concept/concept';
import { DefaultClassifier } from '../../../src/engine/concept/defaultClassifier';
import { TCAV } from '../../../src/engine/concept/tcav';
import { float32 } from '../../../src/engine/tensor';
import { tanhModel } from '../attribution/models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
/** h = x W of {@link tanhModel}. */
const h = [-1.75, 0, 1.8125, -0.6875];

/** Always the same vectors; counts what it learns from. */
class FixedClassifier implements Classifier {
  readonly data: LabelledActivations[] = [];

  constructor(
    private readonly values: number[],
    private readonly ids: number[] = [0, 1],
  ) {}

  trainAndEval(data: LabelledActivations): { accs: number } {
    this.data.push(data);
    return { accs: 0.75 };
  }

  weights = () => float32(this.values, [this.ids.length, this.values.length / this.ids.length]);
  classes = (): number[] => this.ids;
}

const concepts = (): [Concept, Concept] => [new Concept(0, 'zero', x), new Concept(1, 'one', float32([0, 0, 1], [1, 3]))];

describe('TCAV', () => {
  it('scores are the sign and mean of the derivative of the output along each vector', async () => {
    const classifier = new FixedClassifier([-2, 5, 3, -1], [1, 0]); // the rows are those of concepts 1 and 0
    const tcav = new TCAV(tanhModel(), 'MatMul', { classifier });
    const { '0-1': { MatMul: scores } } = await tcav.interpret(x, [concepts()], { target: 1 });
    const slopes = [1 - Math.tanh(h[1]) ** 2, 1 - Math.tanh(h[3]) ** 2];
    const mean = (slopes[0] + slopes[1]) / 2;
    assert.deepEqual([...scores.signCount.data], [0, 1]);
    for (const [index, expected] of [-1 * mean, 5 * mean].entries()) assert.ok(Math.abs(scores.magnitude.data[index] - expected) < 1e-6);
    assert.deepEqual(tcav.cavs['0-1'].MatMul.stats.accs, 0.75);
  });

  it('learns once from the activations of all batches with their concepts', async () => {
    const classifier = new FixedClassifier([1, 0, -1, 0]);
    const tcav = new TCAV(tanhModel(), ['MatMul'], { classifier });
    async function* batches() {
      yield x;
      yield x;
    }
    const sets = [[new Concept(0, 'twice', { [Symbol.asyncIterator]: batches }), new Concept(1, 'one', float32([0, 0, 1], [1, 3]))]];
    await tcav.computeCavs(sets);
    await tcav.computeCavs(sets);
    const [{ activations, labels }, ...others] = classifier.data;
    assert.deepEqual([others.length, labels], [0, [0, 0, 0, 0, 1]]);
    for (const [index, expected] of [...h, ...h, -1, 0.5].entries()) assert.ok(Math.abs(activations.data[index] - expected) < 1e-6);
    await tcav.computeCavs(sets, { forceTrain: true });
    assert.equal(classifier.data.length, 2);
  });

  it('refuses what does not fit', async () => {
    const [zero, one] = concepts();
    const tcav = (classifier?: Classifier) => new TCAV(tanhModel(), 'MatMul', { classifier });
    await assert.rejects(tcav().computeCavs([[zero, one], [new Concept(0, 'other', x), one]]), /more than one instance of a concept with id 0/);
    await assert.rejects(tcav().computeCavs([[zero, new Concept(2, 'empty')]]), /Data iterator for concept id: 2 must be specified/);
    await assert.rejects(tcav().interpret(x, [[zero, one]], { target: 0, attributeToLayerInput: true }), /option of the constructor/);
    await assert.rejects(tcav(new FixedClassifier([1, 2, 3, 4, 5, 6])).computeCavs([[zero, one]]), /weights must have the shape \[2, 2\] .* got \[2, 3\]/);
    await assert.rejects(tcav(new FixedClassifier([1, 2, 3, 4], [0, 7])).computeCavs([[zero, one]]), /no weights for concept 1 \('one'\)/);
    await assert.rejects(new TCAV(tanhModel(), 'absent').computeCavs([[zero, one]]), /there is no layer 'absent'/);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => tcav().computeCavs([[zero, one]])), { code: 'cancelled' });
  });
});

describe('DefaultClassifier', () => {
  /** 30 points around each centre, one centre for each label. */
  const clusters = (centres: number[][]): LabelledActivations => {
    const noise = randomSource(1).normal([centres.length * 60], 0.3);
    const rows = centres.flatMap((centre, label) => Array.from({ length: 30 }, (_, index) => centre.map((value, axis) => value + noise[(label * 30 + index) * 2 + axis])));
    return { activations: float32(rows.flat(), [rows.length, 2]), labels: rows.map((_, index) => 10 + Math.floor(index / 30)) };
  };

  it('finds the direction between two classes, and gives its opposite for the first', async () => {
    const classifier = new DefaultClassifier();
    assert.deepEqual(await classifier.trainAndEval(clusters([[-2, 1], [2, 1]])), { accs: 1 });
    const { data, shape } = classifier.weights();
    assert.deepEqual([shape, classifier.classes()], [[2, 2], [10, 11]]);
    assert.deepEqual([data[0], data[1]], [-data[2], -data[3]]);
    assert.ok(data[2] > 2 * Math.abs(data[3]));
  });

  it('tells each of three classes from the others', async () => {
    const classifier = new DefaultClassifier();
    const { accs } = await classifier.trainAndEval(clusters([[3, 0], [-3, 3], [-3, -3]]));
    assert.ok(accs !== undefined && accs > 0.9);
    assert.deepEqual([classifier.weights().shape, classifier.classes()], [[3, 2], [10, 11, 12]]);
  });

  it('needs two classes, and training before it has weights', async () => {
    assert.throws(() => new DefaultClassifier().weights(), /no model was trained/);
    await assert.rejects(new DefaultClassifier().trainAndEval({ activations: float32([1, 2, 3], [3, 1]), labels: [0, 0, 0] }), /number of classes has to be greater than one; got 1 class/);
  });
});
