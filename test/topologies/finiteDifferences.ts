import type { Runtime } from '../../src/engine/runtime/runtime';
import { float32, type Tensor } from '../../src/engine/tensor';
import { randomFrom } from '../engine/operators/random';
import { distance, exampleOf, outputsOf } from './compare';
import type { Net } from './nets';

/** Of how many parts of the input the derivatives are taken. */
const PARTS = 3;
/** At how many single inputs. */
const SAMPLES = 8;

/**
 * How far the gradient of the first example is from central finite differences, in relation to the whole gradient's length:
 * the derivatives in the direction of the gradient, over the inputs of each of three parts.
 *
 * Large steps bend around kinks (a ReLU turns on or off), small ones are lost in rounding. So the derivatives are taken
 * at many steps; those count, as medians, at which three successive steps agree best, whatever the gradient is.
 */
export async function distanceAlongGradient(net: Net, gradients: Tensor<'float32'>, runtime: Runtime, steps: readonly number[]): Promise<number> {
  const gradient = exampleOf(gradients, 0).data;
  const parts = Array.from({ length: PARTS }, (_, part) => gradient.map((value, index) => (index % PARTS === part ? value : 0)));
  const lengths = parts.map(lengthOf);
  const slopes = await slopesOf(net, parts.map((part, index) => part.map((value) => value / lengths[index])), runtime, steps);
  return Math.max(...lengths.map((length, part) => Math.abs(slopes[part] - length) / lengthOf(lengths)));
}

/**
 * The same at single inputs, drawn at random, in relation to the length of their gradients. What one input in a hundred
 * thousand changes is near what rounding changes: it shows gradients that are missing or in the wrong place, not digits.
 */
export async function distanceAtSamples(net: Net, gradients: Tensor<'float32'>, runtime: Runtime, steps: readonly number[]): Promise<number> {
  const gradient = exampleOf(gradients, 0).data;
  const random = randomFrom(`${net.name} samples`);
  const places = Array.from({ length: SAMPLES }, () => Math.floor(random() * gradient.length));
  const slopes = await slopesOf(net, places.map((place) => gradient.map((_, index) => (index === place ? 1 : 0))), runtime, steps);
  return distance(Float32Array.from(slopes), Float32Array.from(places, (place) => gradient[place]));
}

const lengthOf = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

/** The derivatives of the first example's target in directions of length 1. */
async function slopesOf({ model, inputs, target }: Net, directions: readonly Float32Array[], runtime: Runtime, steps: readonly number[]): Promise<number[]> {
  const x = exampleOf(inputs, 0);
  const offsets = steps.flatMap((step) => [step, -step]);
  const batches = directions.map((direction) => {
    const points = new Float32Array(offsets.length * x.data.length);
    for (const [row, by] of offsets.entries()) points.set(x.data.map((value, index) => value + by * direction[index]), row * x.data.length);
    return float32(points, [offsets.length, ...x.shape.slice(1)]);
  });
  const outputs = await outputsOf(model, batches, runtime);
  const logit = (direction: number, row: number): number => exampleOf(outputs[direction], row).data[target[0][0]];
  return steadiest(steps.map((step, index) => directions.map((_, direction) => (logit(direction, 2 * index) - logit(direction, 2 * index + 1)) / (2 * step))));
}

/** Of [step][direction] the median of each direction over those three successive steps that are nearest to each other. */
function steadiest(slopes: readonly (readonly number[])[]): number[] {
  const triples = slopes.slice(0, Math.max(1, slopes.length - 2)).map((_, first) => slopes[0].map((_, direction) => slopes.slice(first, first + 3).map((row) => row[direction]).sort((a, b) => a - b)));
  const spread = (triple: readonly number[][]): number => lengthOf(triple.map((values) => values[values.length - 1] - values[0]));
  const best = triples.reduce((best, triple) => (spread(triple) < spread(best) ? triple : best));
  return best.map((values) => values[values.length >> 1]);
}
