import type { GraphNode } from '../../graph/graph';
import { engineType, ONNX_TYPE, onnxTypeName } from '../../graph/onnxTypes';
import type { DataType } from '../../tensor';
import { integer } from '../attributes';
import { input, invalid } from '../context';
import type { Operator } from '../operator';
import { generate } from '../strided';
import { castTo } from '../tfjsTensor';

/** x in the type that `to` names, floats towards zero; dx = dy between float types, else 0. */
export const cast: Operator = {
  type: 'Cast',
  infer(context) {
    const { dtype, shape } = input(context);
    if (dtype === 'string') throw invalid(context.node, 'strings must be turned into numbers before the model, got a string input');
    return [{ dtype: targetOf(context.node), shape }];
  },
  derivative: ({ gradients, inputs }) => [inputs[0]?.dtype === 'float32' ? gradients[0] : undefined],
  evaluate: ([x], _node, [{ dtype, shape }]) => {
    const { data } = x!;
    const convert = (value: number | bigint): number | bigint | boolean => {
      if (dtype === 'bool') return Number(value) !== 0;
      return dtype === 'float32' || typeof value === 'bigint' ? value : Math.trunc(value);
    };
    return [generate({ dtype, shape }, (index) => convert(data[index] as number | bigint))];
  },
  tfjs(context) {
    const dtype = targetOf(context.node);
    return [castTo(context.tf, input(context), dtype === 'float32' || dtype === 'bool' ? dtype : 'int32')];
  },
};

function targetOf(node: GraphNode): DataType {
  const to = integer(node, 'to');
  const dtype = engineType(to);
  if (!dtype || dtype === 'string' || ONNX_TYPE[dtype] !== to) throw invalid(node, `the type must be float32, int64, int32, uint8, int8 or bool, got ${onnxTypeName(to)}`);
  return dtype;
}
