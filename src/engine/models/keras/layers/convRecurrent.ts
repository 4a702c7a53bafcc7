import type { ValueInfo } from '../../../graph/graph';
import { sizeOf } from '../../../tensor';
import { asFloat, ranked, type Layer, type LayerTable } from '../layerCall';
import { channelsFirst, channelsLast } from '../../tfjs/kernels/spatial';
import { activationOf } from './activation';
import { biasOf, convolve, toFilters } from './convolution';
import { unrolled, type Step } from './recurrent';
import { isChannelsLast, slidingOf, type Sliding } from './windows';

/** i, f, o = f(W * x + b + U * h), c' = f c + i g(...), h' = o g(c'), with convolutions for products (Shi et al. 2015). */
const convLstm =
  (space: number): Layer =>
  (call) => {
    const { emit, math, settings } = call;
    const [first, ...given] = [...call.inputs, ...call.keyword('initial_state')];
    const x = asFloat(call, ranked({ ...call, inputs: first ? [first] : [] }, space + 3));
    const [batch, steps, ...each] = x.shape;
    const isLast = isChannelsLast(call);
    const frames = emit.reshape(x, [batch * steps, ...each]);
    const images = isLast ? channelsFirst(emit, frames) : frames;
    const filters = settings.integer('filters', undefined, 1);
    const own = { ...call, weights: call.weights.within('cell') };
    const sliding = slidingOf(call, space);
    const sizes = sliding.map(({ size }) => size);
    const kernel = emit.weight(own.weights.next('kernel', [...sizes, images.shape[1], 4 * filters]), 'kernel');
    const recurrent = emit.weight(own.weights.next('recurrent_kernel', [...sizes, filters, 4 * filters]), 'recurrent_kernel');
    const projected = convolve(call, images, emit.transpose(kernel, toFilters(space)), biasOf(own, 4 * filters), sliding, 1);
    const places = projected.shape.slice(2);
    const around = sizes.map((size): Sliding => ({ size, stride: 1, dilation: 1, padding: 'same' }));
    const [f, g] = [activationOf(call, 'recurrent_activation', call.major < 3 ? 'hard_sigmoid' : 'sigmoid'), activationOf(call, 'activation', 'tanh')];
    const zeros = emit.constant({ dtype: 'float32', shape: [1, filters, ...places], data: new Float32Array(filters * sizeOf(places)) }, 'zeros');
    const step: Step = (input, [h, c]) => {
      const sum = math.add(input, convolve(call, h, emit.transpose(recurrent, toFilters(space)), undefined, around, 1));
      const [i, forget, candidate, o] = emit.split('Split', [sum], { axis: 1 }, 4);
      const next = math.add(math.mul(f(forget), c), math.mul(f(i), g(candidate)));
      return [math.mul(f(o), g(next)), next];
    };
    const states = given.map((state) => (isLast ? { ...state, value: channelsFirst(emit, asFloat(call, state.value)) } : state));
    const results = unrolled(call, first, states, { step, zeros: [zeros, zeros] }, emit.reshape(projected, [batch, steps, ...projected.shape.slice(1)]));
    return isLast ? results.map((result) => ({ ...result, value: framesLast(result.value) })) : results;

    /** [batch, (steps,) channels, ...space] with the channels last. */
    function framesLast(value: ValueInfo): ValueInfo {
      const outer = value.shape.slice(0, -space - 1);
      const last = channelsLast(emit, emit.reshape(value, [sizeOf(outer), ...value.shape.slice(-space - 1)]));
      return emit.reshape(last, [...outer, ...last.shape.slice(1)]);
    }
  };

export const convRecurrentLayers: LayerTable = Object.fromEntries([1, 2, 3].map((space): [string, Layer] => [`ConvLSTM${space}D`, convLstm(space)]));
