import { flag } from '../../../operators/attributes';
import { tensor } from '../../../tensor';
import type { Upgrade } from '../nodeContext';

const EXPORT_FOR_INFERENCE = 'Export the model for inference (in PyTorch: model.eval()).';

/** Operators that behave differently in training, and ones whose names or defaults changed. */
export const inferenceUpgrades: Readonly<Record<string, Upgrade>> = {
  Dropout: (context) => {
    const training = context.opset >= 12 && context.inputs[2] ? context.numbers(2, 'training_mode')?.[0] : 0;
    const drops = context.inputs[1] ? context.numbers(1, 'ratio')?.[0] : 0.5;
    if (training && drops !== 0) throw context.invalid('training mode is not supported', EXPORT_FOR_INFERENCE);
    if (context.node.outputs.length === 1) return context.result('Identity', [context.input(0)]);
    const { shape } = context.input(0);
    const kept = context.opset < 10 ? context.scalar(1) : context.constantOfTensor(tensor('bool', Uint8Array.of(1), []));
    return context.outputs([context.input(0), context.math.expand(kept, shape)]);
  },
  BatchNormalization: (context) => {
    const isTraining = context.opset < 7 ? !flag(context.node, 'is_test') : flag(context.node, 'training_mode');
    if (isTraining || context.node.outputs.length > 1) throw context.invalid('training mode is not supported', EXPORT_FOR_INFERENCE);
    if (!flag(context.node, 'spatial', 1)) throw context.invalid('spatial = 0 is not supported');
    return context.result('BatchNormalization', context.inputs, context.attributesWithout('consumed_inputs', 'is_test', 'momentum', 'spatial', 'training_mode'));
  },
  Scatter: (context) => context.result('ScatterElements', context.inputs, context.node.attributes),
};
