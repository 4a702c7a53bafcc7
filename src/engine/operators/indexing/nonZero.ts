import { constantInput } from '../context';
import { toNumbers, type Tensor } from '../../tensor';
import type { Operator } from '../operator';
import { generate, stridesOf } from '../strided';
import { toTfjs } from '../tfjsTensor';

/** The indices of all elements that are not 0, one column each. Only of constants: the shape depends on the values. */
export const nonZero: Operator = {
  type: 'NonZero',
  infer(context) {
    const x = constantInput(context, 0, 'x');
    return [{ dtype: 'int64', shape: [x.shape.length, placesOf(x).length] }];
  },
  derivative: 'zero',
  evaluate: ([x]) => [indicesOf(x!)],
  tfjs: (context) => [toTfjs(context.tf, indicesOf(constantInput(context, 0, 'x')))],
};

const placesOf = (x: Tensor): number[] => toNumbers(x).flatMap((value, place) => (value === 0 ? [] : [place]));

function indicesOf(x: Tensor): Tensor {
  const places = placesOf(x);
  const strides = stridesOf(x.shape);
  return generate({ dtype: 'int64', shape: [x.shape.length, places.length] }, (index) => {
    const axis = Math.floor(index / places.length);
    return Math.floor(places[index % places.length] / strides[axis]) % x.shape[axis];
  });
}
