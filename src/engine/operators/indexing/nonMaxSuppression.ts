import { LensError } from '../../../protocol/errors';
import { formatShape, toNumbers, type Tensor } from '../../tensor';
import { integer } from '../attributes';
import { constantInput, evaluating, invalid, typedInput, type WithConstants } from '../context';
import type { Operator } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';

/** So many pairs of boxes are compared at most: about a second. */
const MOST_PAIRS = 2 ** 26;

/**
 * The boxes [N, boxes, 4] that remain of each class when the best one is taken (scores [N, classes, boxes]) and those
 * that overlap it by more than the threshold are dropped, again and again: rows (example, class, box). Only of constants:
 * how many there are depends on the values. It selects and has no derivative: detections are attributed by the scores
 * before it.
 */
export const nonMaxSuppression: Operator = {
  type: 'NonMaxSuppression',
  infer(context) {
    for (const index of [0, 1]) typedInput(context, index, 'float32');
    return [{ dtype: 'int64', shape: [selectedBy(context).length, 3] }];
  },
  derivative: 'zero',
  evaluate: (inputs, node) => [tensorOf(selectedBy(evaluating(node, inputs)))],
  tfjs: (context) => [toTfjs(context.tf, tensorOf(selectedBy(context)))],
};

type Row = readonly [example: number, label: number, box: number];

const tensorOf = (rows: readonly Row[]): Tensor => generate({ dtype: 'int64', shape: [rows.length, 3] }, (index) => rows[Math.floor(index / 3)][index % 3]);

function selectedBy(context: WithConstants): Row[] {
  const { node } = context;
  const [boxes, scores] = [constantInput(context, 0, 'boxes'), constantInput(context, 1, 'scores')];
  const option = (index: number, what: string): number | undefined => (context.inputs[index] === undefined ? undefined : toNumbers(constantInput(context, index, what))[0]);
  const [most, threshold, least] = [option(2, 'max_output_boxes_per_class') ?? 0, option(3, 'iou_threshold') ?? 0, option(4, 'score_threshold') ?? -Infinity];
  const [examples, labels, count] = scores.shape;
  if (scores.shape.length !== 3 || formatShape(boxes.shape) !== formatShape([examples, count, 4])) {
    throw invalid(node, `boxes must be [N, boxes, 4] and scores [N, classes, boxes], got ${formatShape(boxes.shape)} and ${formatShape(scores.shape)}`);
  }
  const corners = cornersOf(toNumbers(boxes), integer(node, 'center_point_box', 0) === 1);
  const values = toNumbers(scores);
  const rows: Row[] = [];
  let pairs = 0;
  for (let example = 0; example < examples; example++) {
    for (let label = 0; label < labels; label++) {
      const score = (box: number): number => values[(example * labels + label) * count + box];
      const candidates = Array.from({ length: count }, (_, box) => box).filter((box) => score(box) > least);
      candidates.sort((left, right) => score(right) - score(left) || left - right);
      const kept: number[] = [];
      for (const box of candidates) {
        if (kept.length >= most) break;
        pairs += kept.length;
        if (pairs > MOST_PAIRS) throw new LensError('unsupported-operator', `NonMaxSuppression '${node.name}': at most ${MOST_PAIRS} pairs of boxes are compared, there are more`);
        const own = corners[example * count + box];
        if (kept.every((other) => overlap(own, corners[example * count + other]) <= threshold)) kept.push(box);
      }
      rows.push(...kept.map((box): Row => [example, label, box]));
    }
  }
  return rows;
}

/** Low and high along y and x. */
type Corners = readonly [number, number, number, number];

/** Boxes are two opposite corners (y, x, y, x), or centres and sizes (x, y, width, height). */
function cornersOf(boxes: readonly number[], areCentred: boolean): Corners[] {
  return Array.from({ length: boxes.length / 4 }, (_, index) => {
    const [a, b, c, d] = boxes.slice(index * 4, index * 4 + 4);
    return areCentred ? [b - d / 2, a - c / 2, b + d / 2, a + c / 2] : [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
  });
}

/** The intersection over the union. */
function overlap([top, left, bottom, right]: Corners, [otherTop, otherLeft, otherBottom, otherRight]: Corners): number {
  const common = Math.max(0, Math.min(bottom, otherBottom) - Math.max(top, otherTop)) * Math.max(0, Math.min(right, otherRight) - Math.max(left, otherLeft));
  const union = (bottom - top) * (right - left) + (otherBottom - otherTop) * (otherRight - otherLeft) - common;
  return union > 0 ? common / union : 0;
}
