import { LensError } from '../../../protocol/errors';
import type { ParsedBody, ParsedModel, ParsedNode } from './parsedModel';
import { isTensor, type Value } from './sequences';

/** What stands for a value that cannot be had: it needs a node that cannot be run. Values that need it have the same. */
export class Refusal {
  constructor(
    readonly node: ParsedNode,
    readonly error: LensError,
  ) {}
}

/** An output that cannot be had, and the layer or value before it that can be attributed in its place. */
export class RefusedOutput extends LensError {
  constructor(
    error: LensError,
    readonly output: string,
    readonly instead: string | undefined,
    nextStep: string | undefined,
  ) {
    super(error.code, error.message, nextStep);
  }
}

/** Values by the names that nodes use; undefined values are outputs that nothing needs. */
export type Values = ReadonlyMap<string, Value | Refusal | undefined>;

/** Operators that choose some of their elements, or add and drop axes: what they get says more than what they give. */
const CHOOSING: ReadonlySet<string> = new Set(['Flatten', 'Gather', 'GatherElements', 'GatherND', 'Identity', 'ReduceMax', 'Reshape', 'Squeeze', 'TopK', 'Unsqueeze']);

/** Operators that take scores out of a larger tensor; the scores say more, unless it is those of one class. */
const CUTTING: ReadonlySet<string> = new Set(['Slice', 'Split', 'Transpose']);

/** NonMaxSuppression, and what runtimes have in its place (`TRT.EfficientNMS_TRT`): boxes, then scores. */
const SUPPRESSION = /NonMaxSuppression|NMS/;

/** The error for an output that cannot be had. It names the tensor before the one that is in the way: before NonMaxSuppression, the scores that it chooses by. */
export function refusedOutput(model: ParsedModel, output: string, refusal: Refusal, values: Values): RefusedOutput {
  const producers = new Map<string, ParsedNode>();
  const suppressions: ParsedNode[] = [];
  const collect = ({ nodes }: ParsedBody): void => {
    for (const node of nodes) {
      for (const name of node.outputs) producers.set(name, node);
      if (SUPPRESSION.test(node.op)) suppressions.push(node);
      Object.values(node.bodies).forEach(collect);
    }
  };
  collect(model);
  const suppression = suppressions.find(({ inputs }) => inputs.length > 1);
  const last = suppression ?? refusal.node;
  const before = lastAvailable(suppression ? suppression.inputs[1] : refusal.node.inputs[0], producers, values);
  if (before === undefined) return new RefusedOutput(refusal.error, output, undefined, refusal.error.nextStep);
  const layer = model.layers.find((candidate) => candidate.output === before)?.name ?? before;
  const advice = `Attribute '${layer}', the tensor before ${last.op} '${last.name}', with the option output of loadModel.`;
  return new RefusedOutput(refusal.error, output, layer, suppression || refusal.error.nextStep === undefined ? advice : `${refusal.error.nextStep} ${advice}`);
}

/** The float32 value nearest to `name`, backwards along first inputs, that can be had and that depends on the model's inputs. */
function lastAvailable(name: string | undefined, producers: ReadonlyMap<string, ParsedNode>, values: Values): string | undefined {
  let hasRefused = false;
  let current = name;
  let found: string | undefined;
  for (let steps = producers.size; steps >= 0 && current !== undefined; steps--) {
    const producer = producers.get(current);
    if (!producer) return found;
    const value = values.get(current);
    const isAvailable = !(value instanceof Refusal) && isTensor(value) && value.dtype === 'float32';
    if (isAvailable) found = current;
    else hasRefused = true;
    if (isAvailable && !CHOOSING.has(producer.op) && !(hasRefused && CUTTING.has(producer.op))) return current;
    current = producer.inputs[0];
  }
  return found;
}
