import { integer } from '../../../operators/attributes';
import { sizeOf } from '../../../tensor';
import type { Upgrade } from '../nodeContext';

/** Before opset 13 these work on the input flattened into a matrix at `axis`, which is 1 by default. */
export const softmaxUpgrades: Readonly<Record<string, Upgrade>> = Object.fromEntries(['Softmax', 'LogSoftmax', 'Hardmax'].map((op) => [op, flattened(op)]));

function flattened(op: string): Upgrade {
  return (context) => {
    if (context.opset >= 13) return undefined;
    const x = context.input(0);
    const declared = integer(context.node, 'axis', 1);
    const axis = declared < 0 ? declared + x.shape.length : declared;
    if (axis < 0 || axis > x.shape.length) throw context.invalid(`axis must be within ${x.shape.length} axes, got ${declared}`);
    if (axis < x.shape.length && sizeOf(x.shape.slice(axis + 1)) === 1) return context.result(op, [x], { axis });
    const matrix = context.emit('Flatten', [x], { axis });
    const result = context.emit(op, [matrix], { axis: 1 });
    return context.result('Reshape', [result, context.integers(x.shape)]);
  };
}
