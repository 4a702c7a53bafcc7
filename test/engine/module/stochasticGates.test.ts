import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomSource } from '../../../src/engine/attribution/random';
import { BinaryConcreteStochasticGates } from '../../../src/engine/module/binaryConcreteStochasticGates';
import { GaussianStochasticGates } from '../../../src/engine/module/gaussianStochasticGates';
import type { GateOptions, StochasticGates } from '../../../src/engine/module/stochasticGates';
import { float32 } from '../../../src/engine/tensor';

const KINDS: Readonly<Record<string, (gates: number, options: GateOptions) => StochasticGates>> = {
  BinaryConcreteStochasticGates: (gates, options) => new BinaryConcreteStochasticGates(gates, options),
  GaussianStochasticGates: (gates, options) => new GaussianStochasticGates(gates, options),
};
const x = float32([1, -2, 3, 0.5, 2, -1], [2, 3]);

for (const [name, make] of Object.entries(KINDS)) {
  describe(name, () => {
    it('gradients match finite differences of loss + regularization', async () => {
      for (const options of [{}, { mask: [[0, 1, 1]], regReduction: 'mean', regWeight: 0.5 }] as const) {
        const gates = options.mask ? 2 : 3;
        const parameter = [0.3, 0.6, -0.2].slice(0, gates);
        const slopes = float32([0.5, 1, -2, 1.5, 0.25, 3], [2, 3]);
        const at = (values: ArrayLike<number>): StochasticGates => make(gates, { ...options, parameter: values, seed: randomSource(5) });
        const loss = async (values: ArrayLike<number>): Promise<number> => {
          const [gated, reg] = await at(values).forward(x);
          return gated.data.reduce((sum, value, index) => sum + value * slopes.data[index], reg.data[0]);
        };
        const module = at(parameter);
        await module.forward(x);
        const found = await module.gradients(slopes);
        for (const [gate, value] of found.entries()) {
          const step = (sign: number): number[] => parameter.map((start, index) => start + (index === gate ? sign * 1e-3 : 0));
          const expected = ((await loss(step(1))) - (await loss(step(-1)))) / 2e-3;
          assert.ok(Math.abs(value - expected) < 1e-3 * Math.max(1, Math.abs(expected)), `gate ${gate}: ${value}, finite difference ${expected}`);
        }
      }
    });

    it('draws anew for each batch while training, the same for the same seed, and not otherwise', async () => {
      const [first, second] = [make(3, { seed: 3 }), make(3, { seed: 3 })];
      const [drawn] = await first.forward(x);
      assert.deepEqual((await second.forward(x))[0].data, drawn.data);
      assert.notDeepEqual((await first.forward(x))[0].data, drawn.data);
      first.training = false;
      assert.deepEqual((await first.forward(x))[0].data, (await first.forward(x))[0].data);
      assert.deepEqual((await make(3, { regReduction: 'none' }).forward(x))[1].shape, [3]);
    });

    it('refuses inputs and masks that do not fit', async () => {
      await assert.rejects(make(2, {}).forward(x), /same number of elements \(received 3\) as gates \(2\)/);
      await assert.rejects(make(3, { mask: [[0, 1, 1]] }).forward(x), /maximum mask index \(received 1\) should be equal to the number of gates - 1 \(received 3\)/);
      await assert.rejects(make(3, {}).forward([1, 2, 3]), /must have more than 1 dimension .* received input tensor shape \[3\]/);
      await assert.rejects(make(2, { mask: [[0, 1]] }).forward(x), /mask must broadcast to the input's shape \[2, 3\], got \[1, 2\]/);
      assert.throws(() => make(3, { regReduction: 'max' as never }), /reg_reduction must be one of \[none, mean, sum\], received: max/);
      assert.throws(() => make(3, { parameter: [1] }), /one number for each of the 3 gates, got 1/);
    });
  });
}

describe('gate distributions', () => {
  it('refuse what is no temperature, stretch or deviation', () => {
    assert.throws(() => new BinaryConcreteStochasticGates(2, { temperature: 1 }), /temperature should be between 0 and 1, received 1/);
    assert.throws(() => new BinaryConcreteStochasticGates(2, { lowerBound: 0 }), /lower bound should be smaller than 0, received 0/);
    assert.throws(() => new BinaryConcreteStochasticGates(2, { upperBound: 1 }), /upper bound should be larger than 1, received 1/);
    assert.throws(() => new GaussianStochasticGates(2, { std: 0 }), /standard deviation should be positive, received 0/);
  });
});
