import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { api } from '../../../src/engine/api';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import { unitMasks } from '../../../src/engine/attribution/catalogue/layerUnits';
import { layersIn } from '../../../src/engine/attribution/catalogue/layers';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import type { GraphBuilder } from '../../../src/engine/graph/builder';
import type { ValueInfo } from '../../../src/engine/graph/graph';
import { timeFirst } from '../../../src/engine/models/derived/timeFirst';
import type { Model } from '../../../src/engine/models/model';
import { algebra } from '../../../src/engine/operators/algebra';
import { float32, int64, type Shape, type Tensor } from '../../../src/engine/tensor';
import { LensError } from '../../../src/protocol/errors';
import { BuiltModel } from './models';

after(async () => (await sharedEngine()).dispose());

const [N, T, C] = [3, 4, 6];
const HEADS = 2;
const numbers = (shape: Shape, phase: number): Tensor<'float32'> => float32(Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, index) => Math.sin(12.9898 * (index + 1) + phase)), shape);
const x = numbers([N, T, C], 0);

/** How a layer lays out [N, T, C]: there and back in the graph, and the place in it of [n, t, c]. */
interface Layout {
  turn(builder: GraphBuilder, value: ValueInfo): ValueInfo;
  back(builder: GraphBuilder, value: ValueInfo): ValueInfo;
  readonly shape: Shape;
  offset(n: number, t: number, c: number): number;
  /** The neuron [t, c]. */
  neuron(t: number, c: number): number[];
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  '[time, batch, width]': {
    turn: (builder, value) => algebra(builder).transpose(value, [1, 0, 2]),
    back: (builder, value) => algebra(builder).transpose(value, [1, 0, 2]),
    shape: [T, N, C],
    offset: (n, t, c) => (t * N + n) * C + c,
    neuron: (t, c) => [t, c],
  },
  '[time * batch, width]': {
    turn: (builder, value) => algebra(builder).reshape(algebra(builder).transpose(value, [1, 0, 2]), [-1, C]),
    back: (builder, value) => algebra(builder).transpose(algebra(builder).reshape(value, [T, -1, C]), [1, 0, 2]),
    shape: [T * N, C],
    offset: (n, t, c) => (t * N + n) * C + c,
    neuron: (t, c) => [t, c],
  },
  '[batch * heads, time, width of a head]': {
    turn: (builder, value) => algebra(builder).transpose(algebra(builder).reshape(algebra(builder).transpose(value, [1, 0, 2]), [T, -1, C / HEADS]), [1, 0, 2]),
    back: (builder, value) => algebra(builder).transpose(algebra(builder).reshape(algebra(builder).transpose(value, [1, 0, 2]), [T, -1, C]), [1, 0, 2]),
    shape: [N * HEADS, T, C / HEADS],
    offset: (n, t, c) => ((n * HEADS + Math.floor((c * HEADS) / C)) * T + t) * (C / HEADS) + (c % (C / HEADS)),
    neuron: (t, c) => [Math.floor((c * HEADS) / C), t, c % (C / HEADS)],
  },
};
const TIME_FIRST = LAYOUTS['[time, batch, width]'];

/** h = tanh(u), u = x W; y = sum over time of (h h + 2 u h) V: two outputs for each example. The layer 'hidden' computes h of u. */
const sequence = (layout?: Layout): BuiltModel =>
  new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, T, C] }], (builder, [input]) => {
    const { mul, add } = algebra(builder);
    const product = builder.op('MatMul', [input, builder.constant(numbers([C, C], 1))]);
    const before = layout ? layout.turn(builder, product) : product;
    const hidden = builder.op('Tanh', [before], {}, { name: 'hidden' });
    const both = add(mul(hidden, hidden), mul(mul(before, hidden), 2));
    const after = layout ? layout.back(builder, both) : both;
    return builder.op('ReduceSum', [builder.op('MatMul', [after, builder.constant(numbers([C, 2], 2))]), builder.integers([1])], { keepdims: 0 });
  });

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
  assert.equal(actual.length, expected.length, what);
  for (let index = 0; index < expected.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= 1e-5, `${what}, element ${index}: ${actual[index]}, expected ${expected[index]}`);
};

/** [N, T, C] as a layer has it. */
function laidOut({ data }: Tensor<'float32'>, { shape, offset }: Layout): Tensor<'float32'> {
  const result = new Float32Array(data.length);
  for (let n = 0; n < N; n++) for (let t = 0; t < T; t++) for (let c = 0; c < C; c++) result[offset(n, t, c)] = data[(n * T + t) * C + c];
  return float32(result, shape);
}

/** What is run on the model with the examples first throughout, once. */
const reference = sequence();
const results = new Map<string, Promise<Tensor<'float32'>>>();
function expectedOf(make: (model: Model) => unknown, options: object): Promise<Tensor<'float32'>> {
  const key = String(make) + JSON.stringify(Object.keys(options));
  const result = results.get(key) ?? run(make(reference), options);
  results.set(key, result);
  return result;
}

const run = async (algorithm: unknown, options: object = {}, inputs = x): Promise<Tensor<'float32'>> => (await (algorithm as Attribution).attribute(inputs, options as never)) as unknown as Tensor<'float32'>;
const target = 1;
const baselines = numbers([N, T, C], 5);

/** Algorithms at a layer, with options. */
const AT_LAYER: readonly [make: (model: Model) => unknown, options: object][] = [
  [(model) => new api.LayerActivation(model, 'hidden'), {}],
  [(model) => new api.LayerGradientXActivation(model, 'hidden'), { target }],
  [(model) => new api.LayerConductance(model, 'hidden'), { target, baselines, nSteps: 3 }],
  [(model) => new api.InternalInfluence(model, 'hidden'), { target, baselines, nSteps: 3 }],
  [(model) => new api.LayerIntegratedGradients(model, 'hidden'), { target, baselines, nSteps: 3 }],
  [(model) => new api.LayerDeepLift(model, 'hidden'), { target, baselines }],
  [(model) => new api.LayerDeepLiftShap(model, 'hidden'), { target, baselines }],
  [(model) => new api.LayerGradientShap(model, 'hidden'), { target, baselines, nSamples: 2 }],
  [(model) => new api.LayerFeatureAblation(model, 'hidden'), { target, layerBaselines: 0.5 }],
  [(model) => new api.NoiseTunnel(new api.LayerGradientXActivation(model, 'hidden')), { target, ntSamples: 2 }],
];

/** Algorithms of a neuron, with options. */
const OF_NEURON: readonly [make: (model: Model) => unknown, options: object][] = [
  [(model) => new api.NeuronGradient(model, 'hidden'), {}],
  [(model) => new api.NeuronIntegratedGradients(model, 'hidden'), { baselines, nSteps: 3 }],
  [(model) => new api.NeuronConductance(model, 'hidden'), { target, baselines, nSteps: 3 }],
  [(model) => new api.NeuronDeepLift(model, 'hidden'), { baselines }],
  [(model) => new api.NeuronFeatureAblation(model, 'hidden'), {}],
];

describe('models that take [time, batch, width]', () => {
  const turned = (value: Tensor<'float32'>): Tensor<'float32'> => laidOut(value, TIME_FIRST);
  const timeMajor = (steps = -1): BuiltModel =>
    new BuiltModel([{ name: 'x', dtype: 'float32', shape: [steps, -1, C] }], (builder, [input]) => {
      const { mul, sum } = algebra(builder);
      const hidden = builder.op('Tanh', [builder.op('MatMul', [input, builder.constant(numbers([C, C], 1))])], {}, { name: 'hidden' });
      return builder.op('MatMul', [builder.op('Squeeze', [sum(mul(hidden, hidden), [0]), builder.integers([0])]), builder.constant(numbers([C, 2], 2))]);
    });

  it('are refused, whatever the number of examples, with the option that helps', async () => {
    const one = float32(x.data.slice(0, T * C), [T, 1, C]);
    const square = numbers([T, T, C], 3);
    for (const model of [timeMajor(), timeMajor(T)]) {
      for (const given of [turned(x), one, square]) {
        await assert.rejects(run(new api.Saliency(model), { target }, given), { code: 'shape-mismatch', message: new RegExp(`gives one output for each of the ${given.shape[1]} entries on axis 1`), nextStep: /batchAxis: 1/ });
      }
    }
  });

  it('are attributed with the examples first where they are loaded so, their layers in their own layout', async () => {
    const model = timeFirst(timeMajor(T), [true]);
    assert.deepEqual(model.inputs[0].shape, [-1, T, C]);
    const [found, delta] = (await run(new api.IntegratedGradients(model), { target: [0, 1, 0], nSteps: 60, returnConvergenceDelta: true })) as unknown as [Tensor<'float32'>, Tensor<'float32'>];
    assert.deepEqual([found.shape, delta.shape], [[N, T, C], [N]]);
    close(delta.data, [0, 0, 0], 'delta');
    const alone = await run(new api.IntegratedGradients(model), { target: 1, nSteps: 60 }, float32(x.data.slice(T * C, 2 * T * C), [1, T, C]));
    close(alone.data, found.data.slice(T * C, 2 * T * C), 'one by one');
    const values = await run(new api.LayerActivation(model, 'hidden'));
    assert.deepEqual(values.shape, [T, N, C]);
    close(values.data, turned(await run(new api.LayerActivation(reference, 'hidden'))).data, 'layer');
  });
});

describe('layers that have the examples elsewhere than on axis 0', () => {
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    it(`are attributed to, over ${name}, as over [batch, time, width]`, async () => {
      const model = sequence(layout);
      for (const [make, options] of layout === TIME_FIRST ? AT_LAYER : AT_LAYER.filter((_, index) => index % 4 === 1)) {
        for (const inward of [{}, { attributeToLayerInput: true }]) {
          const [actual, expected] = [await run(make(model), { ...options, ...inward }), await expectedOf(make, { ...options, ...inward })];
          assert.deepEqual(actual.shape, layout.shape);
          close(actual.data, laidOut(expected, layout).data, (make(model) as Attribution).name + JSON.stringify(inward));
        }
      }
    });

    it(`have neurons, over ${name}, whose index leaves the examples out`, async () => {
      const model = sequence(layout);
      for (const [make, options] of OF_NEURON) {
        const [actual, expected] = [await run(make(model), { ...options, neuronSelector: layout.neuron(2, 4) }), await expectedOf(make, { ...options, neuronSelector: [2, 4] })];
        close(actual.data, expected.data, (make(model) as Attribution).name);
      }
    });
  }

  it('are attributed to alike in chunks, in a batch and one by one', async () => {
    const make = (): unknown => new api.LayerIntegratedGradients(sequence(TIME_FIRST), 'hidden');
    const whole = await run(make(), { target, nSteps: 5 });
    close((await run(make(), { target, nSteps: 5, internalBatchSize: 2 })).data, whole.data, 'in chunks');
    for (let n = 0; n < N; n++) {
      const alone = await run(make(), { target, nSteps: 5 }, float32(x.data.slice(n * T * C, (n + 1) * T * C), [1, T, C]));
      assert.deepEqual(alone.shape, [T, 1, C]);
      for (let t = 0; t < T; t++) close(alone.data.slice(t * C, (t + 1) * C), whole.data.slice((t * N + n) * C, (t * N + n + 1) * C), `example ${n} alone`);
    }
  });

  it('return what adds up, one delta for each example', async () => {
    const [{ shape }, delta] = (await run(new api.LayerDeepLift(sequence(TIME_FIRST), 'hidden'), { target, baselines, returnConvergenceDelta: true, attributeToLayerInput: true })) as unknown as [Tensor, Tensor<'float32'>];
    assert.deepEqual([shape, delta.shape], [[T, N, C], [N]]);
  });

  it('take masks and baselines in their own layout', async () => {
    const perStep = (shape: Shape): Tensor => int64([0, 1, 2, 3], shape);
    const layerBaselines = numbers([N, T, C], 7);
    const wanted = await run(new api.LayerFeatureAblation(sequence(), 'hidden'), { target, layerBaselines, layerMask: perStep([1, T, 1]) });
    const ablation = new api.LayerFeatureAblation(sequence(TIME_FIRST), 'hidden');
    const found = await run(ablation, { target, layerBaselines: laidOut(layerBaselines, TIME_FIRST), layerMask: perStep([T, 1, 1]) });
    close(found.data, laidOut(wanted, TIME_FIRST).data, 'ablated');
    const permuted = await run(new api.LayerFeaturePermutation(sequence(), 'hidden'), { target, layerMask: perStep([1, T, 1]) });
    close((await run(new api.LayerFeaturePermutation(sequence(TIME_FIRST), 'hidden'), { target, layerMask: perStep([T, 1, 1]) })).data, laidOut(permuted, TIME_FIRST).data, 'permuted');
    await assert.rejects(run(ablation, { target, layerMask: perStep([1, T, 1]) }), { code: 'shape-mismatch', message: "layerMask of layer 'hidden' must have the layer's shape [4, 3, 6], or axes of length 1 to repeat, got [1, 4, 1]" });
  });

  it('are listed with the shape of one example, and perturbed by units', async () => {
    const subject = (model: Model) => ({ model, inputs: [x], additionalForwardArgs: [] });
    for (const [layout, shape] of [[TIME_FIRST, [T, C]], [LAYOUTS['[time * batch, width]'], [T, C]], [LAYOUTS['[batch * heads, time, width of a head]'], [HEADS, T, C / HEADS]]] as const) {
      const model = sequence(layout);
      const listed = await layersIn(subject(model));
      assert.deepEqual(listed.find(({ name }) => name === 'hidden')?.shape, shape);
      const [mask] = await unitMasks(subject(model), ['hidden'], false);
      const wanted = await run(new api.LayerFeatureAblation(reference, 'hidden'), { target, layerMask: shape[0] === T ? int64([0, 1, 2, 3], [1, T, 1]) : int64([0, 0, 0, 1, 1, 1], [1, 1, C]) });
      close((await run(new api.LayerFeatureAblation(model, 'hidden'), { target, layerMask: mask })).data, laidOut(wanted, layout).data, 'by units');
    }
  });

  it('have a Grad-CAM with time as channels, as [batch, time, width] has', async () => {
    const [actual, expected] = [await run(new api.LayerGradCam(sequence(TIME_FIRST), 'hidden'), { target }), await run(new api.LayerGradCam(sequence(), 'hidden'), { target })];
    assert.deepEqual([actual.shape, expected.shape], [[1, N, C], [N, 1, C]]);
    close(actual.data, expected.data, 'Grad-CAM');
  });

  it('give functions that select neurons their values with the examples first', async () => {
    const neuronSelector = (layer: tf.Tensor): tf.Tensor => tf.sum(tf.square(layer), [1, 2]);
    close((await run(new api.NeuronGradient(sequence(TIME_FIRST), 'hidden'), { neuronSelector })).data, (await run(new api.NeuronGradient(sequence(), 'hidden'), { neuronSelector })).data, 'of a function');
  });

  it('belong as a whole to the one example that a model takes', async () => {
    const free = sequence(TIME_FIRST);
    const graph: Model['graph'] = (specs) => (specs[0].shape[0] === 1 ? free.graph(specs) : Promise.reject(new LensError('shape-mismatch', 'one example')));
    const single = Object.assign(Object.create(free) as Model, { graph });
    close((await run(new api.LayerGradientXActivation(single, 'hidden'), { target })).data, (await run(new api.LayerGradientXActivation(free, 'hidden'), { target })).data, 'one by one');
  });

  it('are refused by name where the examples are not in order', async () => {
    const twice = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, T, C] }], (builder, [input]) => {
      const joined = builder.op('Concat', [input, input], { axis: 0 }, { name: 'joined' });
      const { slice, sum } = algebra(builder);
      return sum(slice(joined, 0, 0, input.shape[0]), [1, 2]);
    });
    await assert.rejects(run(new api.LayerActivation(twice, 'joined')), { code: 'shape-mismatch', message: "Layer 'joined': what it computes must have one axis on which the examples lie in order, got shape [2, 4, 6] for one example" });
  });
});
