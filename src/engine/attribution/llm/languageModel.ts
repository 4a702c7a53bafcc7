import { LensError } from '../../../protocol/errors';
import { GraphBuilder } from '../../graph/builder';
import type { ValueInfo } from '../../graph/graph';
import { derivedModel } from '../../models/derived/derivedModel';
import type { Model, ModelPort } from '../../models/model';
import { algebra } from '../../operators/algebra';
import { castTo } from '../tensorLike';
import { float32, formatShape, type DataType, type Shape, type Tensor } from '../../tensor';

/** `log_prob`: the logarithm of the probability of the target tokens; `prob`: the probability. */
export type AttrTarget = 'log_prob' | 'prob';

/**
 * The log probability, or probability, of target tokens after a prompt, from a causal language model:
 *
 *     [sum over t of log p(t), log p(t_1 | prompt), log p(t_2 | prompt, t_1), ...].
 *
 * Takes the token ids of prompt and target [B, L], and where each target token is predicted [B, T, L] (a 1 in each row),
 * as {@link promptBatch} makes them; returns [B, 1 + T].
 */
export function scoringModel(base: Model, targetIds: readonly number[], attrTarget: AttrTarget): Model {
  return atPositions(base, targetIds.length, JSON.stringify([attrTarget, targetIds]), (builder, logits) => {
    const { exp, mul, sum, reshape } = algebra(builder);
    const [batch, count, vocabulary] = logits.shape;
    const outside = targetIds.find((id) => !(id >= 0 && id < vocabulary));
    if (outside !== undefined) throw new LensError('target-out-of-range', `Language model '${base.name}': target tokens must be from 0 to ${vocabulary - 1}, got ${outside}`, 'Use the tokenizer that belongs to the model.');
    const chosen = new Float32Array(count * vocabulary);
    for (const [row, id] of targetIds.entries()) chosen[row * vocabulary + id] = 1;
    const logProbabilities = builder.op('LogSoftmax', [logits], { axis: 2 });
    const each = reshape(sum(mul(logProbabilities, builder.constant(float32(chosen, [1, count, vocabulary]), 'targets')), [2]), [batch, count]);
    const scores = builder.op('Concat', [sum(each, [1]), each], { axis: 1 });
    return attrTarget === 'prob' ? exp(scores) : scores;
  });
}

/** The logits of the token after a prompt, [B, 1, vocabulary]; takes the same as {@link scoringModel}. */
export const nextTokenModel = (base: Model): Model => atPositions(base, 1, 'next token', (_, logits) => logits);

/** Token ids and the positions at which tokens are predicted, filled up on the right to one length. */
export function promptBatch(base: Model, prompts: readonly (readonly number[])[], targetIds: readonly number[], multipleOf = 1): [ids: Tensor, positions: Tensor<'float32'>] {
  const count = targetIds.length;
  const empty = prompts.some(({ length }) => length === 0);
  if (empty) throw new LensError('invalid-argument', 'Prompts must have at least one token, got an empty one', 'Give baselines that leave a text, or a tokenizer that begins texts with a special token.');
  const longest = prompts.reduce((most, { length }) => Math.max(most, length), 0) + count - 1;
  const length = Math.ceil(longest / multipleOf) * multipleOf;
  const ids = new Float64Array(prompts.length * length);
  const positions = new Float32Array(prompts.length * count * length);
  for (const [row, prompt] of prompts.entries()) {
    ids.set([...prompt, ...targetIds.slice(0, -1)], row * length);
    for (let target = 0; target < count; target++) positions[(row * count + target) * length + prompt.length - 1 + target] = 1;
  }
  const { dtype } = idsPort(base);
  return [castTo({ data: ids, shape: [prompts.length, length] }, dtype, 'Token ids'), float32(positions, [prompts.length, count, length])];
}

/** Inputs of decoders besides the token ids, as they are without a cache and without padding on the left. */
const OTHER_INPUTS: Readonly<Record<string, (place: number) => number>> = {
  attention_mask: () => 1,
  position_ids: (place) => place,
  token_type_ids: () => 0,
};

/**
 * A language model that ends at chosen positions. What stands right of a position does not change its logits, so that
 * prompts can be filled up there. A cache of keys and values is not needed and not taken.
 */
function atPositions(base: Model, count: number, key: string, finish: (builder: GraphBuilder, logits: ValueInfo) => ValueInfo): Model {
  return derivedModel(base, `language model: ${key}`, () => {
    const ids = idsPort(base);
    const others = base.inputs.filter((port) => port !== ids).map(({ name, dtype }) => ({ name, dtype, at: otherInput(base, name) }));
    const logits = Math.max(0, base.outputs.findIndex(({ name }) => name === 'logits'));
    return {
      inputs: [ids, { name: 'positions', dtype: 'float32', shape: [-1, count, -1] }],
      specs: ([{ shape }]) => base.inputs.map(({ dtype }) => ({ shape, dtype })),
      graph(graph) {
        const input = graph.inputs[base.inputs.indexOf(ids)];
        const [batch, length] = input.shape;
        const constants = new Map([...graph.constants, ...others.map(({ name, dtype, at }): [string, Tensor] => [name, rows(at, dtype, [batch, length], name)])]);
        const builder = new GraphBuilder(graph.name, { ...graph, inputs: [input], constants });
        const values = builder.value(graph.outputs[logits]);
        if (values.shape.length !== 3 || values.shape[0] !== batch || values.shape[1] !== length) {
          throw new LensError('shape-mismatch', `Language model '${base.name}': output '${values.name}' must be logits [examples, tokens, vocabulary], got ${formatShape(values.shape)} for ${formatShape(input.shape)} tokens`);
        }
        return builder.build([finish(builder, builder.op('MatMul', [builder.input('positions', 'float32', [batch, count, length]), values]))]);
      },
    };
  });
}

/** The input that takes token ids. */
function idsPort({ name, inputs }: Model): ModelPort {
  const isWhole = ({ dtype }: ModelPort): boolean => dtype === 'int64' || dtype === 'int32';
  const port = inputs.find((candidate) => candidate.name === 'input_ids' && isWhole(candidate)) ?? inputs.find((candidate) => isWhole(candidate) && !Object.hasOwn(OTHER_INPUTS, candidate.name));
  if (port) return port;
  throw new LensError('invalid-argument', `Language model '${name}': an input of token ids (int64 or int32) is needed, it has ${inputs.map((input) => `${input.name} (${input.dtype})`).join(', ')}`);
}

function otherInput({ name: model }: Model, name: string): (place: number) => number {
  if (Object.hasOwn(OTHER_INPUTS, name)) return OTHER_INPUTS[name];
  throw new LensError('invalid-model', `Language model '${model}': it must take token ids and at most ${Object.keys(OTHER_INPUTS).join(', ')}, input '${name}' is something else`, 'Export the model without its cache of keys and values (use_cache=False).');
}

/** The same row of numbers for every example. */
const rows = (at: (place: number) => number, dtype: DataType, shape: Shape, name: string): Tensor =>
  castTo({ data: Array.from({ length: shape[0] * shape[1] }, (_, index) => at(index % shape[1])), shape }, dtype, `Input '${name}'`);
