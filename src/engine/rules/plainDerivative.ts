import type { ValueInfo } from '../graph/graph';
import type { DerivativeContext } from '../operators/operator';
import { operatorOf } from '../operators/registry';

/** The operator's own derivative, for rules that build on it; zero where it has none. */
export function plainDerivative(context: DerivativeContext): (ValueInfo | undefined)[] {
  const { derivative } = operatorOf(context.node);
  return derivative === undefined || derivative === 'zero' ? [] : derivative(context);
}
