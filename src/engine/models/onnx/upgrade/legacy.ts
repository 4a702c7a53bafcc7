import type { ValueInfo } from '../../../graph/graph';
import { integer } from '../../../operators/attributes';
import type { NodeContext, Upgrade } from '../nodeContext';

const BINARY = ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less'];

/** What changed from opset 6, the last with explicit broadcasting, to opset 7. */
export const legacyUpgrades: Readonly<Record<string, Upgrade>> = {
  ...Object.fromEntries(BINARY.map((op) => [op, broadcast])),
  Gemm: (context) => (context.opset < 7 ? context.result('Gemm', context.inputs, context.attributesWithout('broadcast')) : undefined),
  PRelu: (context) => {
    const trailing = context.input(0).shape.length - 2;
    const slope = context.input(1);
    if (context.opset >= 7 || slope.shape.length !== 1 || slope.shape[0] === 1 || trailing <= 0) return undefined;
    return context.result('PRelu', [context.input(0), column(context, slope, trailing)]);
  },
};

/** `axis` said where the second operand's axes begin among those of the first; without it they are the last ones, as ever since. */
function broadcast(context: NodeContext): ValueInfo[] | undefined {
  if (context.opset >= 7) return undefined;
  const [a, b] = [context.input(0), context.input(1)];
  const declared = integer(context.node, 'axis', a.shape.length - b.shape.length);
  const axis = declared < 0 ? declared + a.shape.length : declared;
  const trailing = a.shape.length - axis - b.shape.length;
  if (trailing < 0) throw context.invalid(`axis ${declared} leaves no room for ${b.shape.length} of ${a.shape.length} axes`);
  return context.result(context.node.op, [a, trailing === 0 ? b : column(context, b, trailing)]);
}

/** The same values with axes of 1 behind. */
const column = (context: NodeContext, value: ValueInfo, trailing: number): ValueInfo => context.emit('Reshape', [value, context.integers([...value.shape, ...new Array<number>(trailing).fill(1)])]);
