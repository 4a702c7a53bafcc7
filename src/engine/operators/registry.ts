import { LensError } from '../../protocol/errors';
import type { GraphNode } from '../graph/graph';
import { operators } from './index';
import type { Operator } from './operator';

const byType = new Map<string, Operator>(operators.map((operator) => [operator.type, operator]));

/** The operator of a node. Throws `unsupported-operator` that names the node. */
export function operatorOf(node: GraphNode): Operator {
  const operator = byType.get(node.op);
  if (!operator) throw new LensError('unsupported-operator', `${node.op} '${node.name}': this operator is not supported`, 'Inspect the model to see every unsupported node.');
  return operator;
}

/** Whether an operator type is known. */
export const isSupported = (type: string): boolean => byType.has(type);

/** Every known operator, for tables and tests. */
export const allOperators = (): readonly Operator[] => operators;
