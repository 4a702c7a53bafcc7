import { ints, scalar, verify, verifyErrors, random, type Operand } from './support';

const fixed = (shape: number[], ...values: number[]): Operand => ({ shape, values, constant: true });
const boxes = fixed([1, 5, 4], 0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 1, 11.1, 0, 10.1);
const scores = fixed([1, 2, 5], 0.9, 0.75, 0.6, 0.95, 0.5, 0.1, 0.8, 0.6, 0.2, 0.3);
const matrix = fixed([4, 2], 1, 0, 0, 1, 1, 0, -2, 3);

verify([
  { op: 'NonMaxSuppression', name: 'two classes', inputs: [boxes, scores, ints(2), scalar(0.5), scalar(0.15)] },
  { op: 'NonMaxSuppression', name: 'centred boxes, every score', attributes: { center_point_box: 1 }, inputs: [fixed([1, 3, 4], 0.5, 0.5, 1, 1, 0.6, 0.5, 1, 1, 5, 5, 2, 2), fixed([1, 1, 3], 0.2, 0.9, 0.1), ints(5), scalar(0.4)] },
  { op: 'NonMaxSuppression', name: 'nothing by default', inputs: [boxes, scores] },
  { op: 'Unique', name: 'sorted', inputs: [fixed([6], 2, 1, 1, 3, 4, 3)], outputs: 4 },
  { op: 'Unique', name: 'in order of appearance', attributes: { sorted: 0 }, inputs: [fixed([2, 3], 2, 1, 1, 3, 4, 3)], outputs: 4 },
  { op: 'Unique', name: 'rows', attributes: { axis: 0 }, inputs: [matrix], outputs: 4 },
  { op: 'Unique', name: 'columns, first only', attributes: { axis: -1 }, inputs: [fixed([2, 3], 1, 0, 1, 2, 2, 2)], outputs: ['y'] },
]);

verifyErrors([
  { op: 'NonMaxSuppression', name: 'scores that depend on inputs', inputs: [boxes, random(1, 2, 5), ints(2)], message: "NonMaxSuppression 'node': scores (input 1, 'x1') must not depend on the values of the model's inputs" },
  { op: 'NonMaxSuppression', name: 'boxes that do not fit', inputs: [boxes, fixed([1, 1, 2], 1, 2), ints(2)], message: "NonMaxSuppression 'node': boxes must be [N, boxes, 4] and scores [N, classes, boxes], got [1, 5, 4] and [1, 1, 2]" },
  { op: 'Unique', name: 'values that depend on inputs', inputs: [random(3)], outputs: 4, message: "Unique 'node': x (input 0, 'x0') must not depend on the values of the model's inputs" },
]);
