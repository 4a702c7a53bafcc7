import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import type { DataType } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

const NARROW: ReadonlySet<DataType> = new Set(['uint8', 'int8']);

/** Operators that runtimes lack for bytes, computed on int32. */
export const narrowUpgrades: Readonly<Record<string, Upgrade>> = {
  Max: (context) => asInt32(context, 0),
  Min: (context) => asInt32(context, 0),
  Where: (context) => (context.input(1).dtype === 'int8' ? asInt32(context, 1) : undefined),
};

/** The node on int32 in place of bytes, from input `first` on; undefined for other types. */
function asInt32(context: NodeContext, first: number): ValueInfo[] | undefined {
  const { dtype } = context.input(first);
  if (!NARROW.has(dtype)) return undefined;
  const wide = context.inputs.map((value, index) => (value && index >= first ? context.emit('Cast', [value], { to: ONNX_TYPE.int32 }) : value));
  return context.result('Cast', [context.emit(context.node.op, wide, context.node.attributes)], { to: ONNX_TYPE[dtype] });
}
