import { ints, random, verify, verifyErrors, type OperatorCase, type Operand } from './support';

const floats = (...values: number[]): Operand => ({ shape: [values.length], values, constant: true });
const x = random(1, 2, 3, 4);

const bySizes = (name: string, height: number, width: number, attributes: OperatorCase['attributes']): OperatorCase => ({
  op: 'Resize',
  name,
  attributes,
  inputs: [x, undefined, undefined, ints(1, 2, height, width)],
  step: 1 / 32,
});

const coordinates = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'];
const variants = (mode: string): OperatorCase[] =>
  coordinates.flatMap((coordinate_transformation_mode) => [
    bySizes(`${mode}, ${coordinate_transformation_mode}, larger`, 5, 7, { mode, coordinate_transformation_mode }),
    bySizes(`${mode}, ${coordinate_transformation_mode}, smaller`, 2, 3, { mode, coordinate_transformation_mode }),
    bySizes(`${mode}, ${coordinate_transformation_mode}, one row`, 1, 8, { mode, coordinate_transformation_mode }),
  ]);

verify([
  ...variants('nearest'),
  ...variants('linear'),
  ...variants('cubic'),
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((nearest_mode) => bySizes(`nearest, asymmetric, ${nearest_mode}`, 6, 6, { nearest_mode, coordinate_transformation_mode: 'asymmetric' })),
  bySizes('cubic, exclude_outside, a = -0.5', 5, 6, { mode: 'cubic', exclude_outside: 1, cubic_coeff_a: -0.5 }),
  { op: 'Resize', name: 'nearest by scale 2', attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, inputs: [x, undefined, floats(1, 1, 2, 2)] },
  { op: 'Resize', name: 'nearest by scale 2, half pixels', inputs: [x, undefined, floats(1, 1, 2, 2)] },
  { op: 'Resize', name: 'linear by scale 1.7, empty region', attributes: { mode: 'linear' }, inputs: [x, floats(), floats(1, 1, 1.7, 1.7)] },
  { op: 'Resize', name: 'nearest by scale 0.6', inputs: [x, undefined, floats(1, 1, 0.6, 0.6)] },
  { op: 'Resize', name: 'nearest on all axes', inputs: [random(2, 1, 2), undefined, undefined, ints(3, 2, 5)] },
  { op: 'Resize', name: 'linear, one spatial axis', attributes: { mode: 'linear' }, inputs: [random(1, 2, 3), undefined, undefined, ints(1, 2, 5)] },
  { op: 'Resize', name: 'linear, three spatial axes', attributes: { mode: 'linear' }, inputs: [random(1, 1, 2, 2, 3), undefined, undefined, ints(1, 1, 3, 4, 4)] },
  { op: 'Resize', name: 'linear, the same size', attributes: { mode: 'linear' }, inputs: [x, undefined, undefined, ints(1, 2, 3, 4)] },
  {
    op: 'Resize',
    name: 'linear crop that reaches beyond',
    attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize', extrapolation_value: 1.5 },
    inputs: [x, floats(0, 0, 0.2, -0.3, 1, 1, 0.9, 0.8), undefined, ints(1, 2, 4, 6)],
  },
]);

verifyErrors([
  { op: 'Resize', name: 'neither scales nor sizes', inputs: [x], message: "Resize 'node': either scales or sizes are required, got neither" },
  { op: 'Resize', name: 'both scales and sizes', inputs: [x, undefined, floats(1, 1, 2, 2), ints(1, 2, 6, 8)], message: "Resize 'node': either scales or sizes are required, got both" },
  { op: 'Resize', name: 'too few scales', inputs: [x, undefined, floats(2, 2)], message: "Resize 'node': scales must be 4 numbers for [1, 2, 3, 4], got [2, 2]" },
  { op: 'Resize', name: 'a scale of 0', inputs: [x, undefined, floats(1, 1, 0, 1)], message: "Resize 'node': scales and sizes must be positive, got [1, 1, 0, 1]" },
  {
    op: 'Resize',
    name: 'a cropped axis of the same size',
    attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' },
    inputs: [x, floats(0, 0, 0, 0.2, 1, 1, 1, 0.8), undefined, ints(1, 2, 3, 4)],
    message: "Resize 'node': a cropped axis must change its size, got axis 3 of [1, 2, 3, 4]",
  },
  { op: 'Resize', name: 'an unknown mode', attributes: { mode: 'bilinear' }, inputs: [x, undefined, floats(1, 1, 2, 2)], message: `Resize 'node': mode must be one of nearest, linear, cubic, got "bilinear"` },
]);
