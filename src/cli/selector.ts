import { LensError } from '../protocol/errors';
import type { NeuronRange, NeuronIndices } from '../engine/models/derived/neuronModel';

/**
 * A neuron as it is written in Python, without the axis of the examples: `4`, `34,14,11`, `0,1:4,::2`.
 *
 * @throws LensError `invalid-argument` for something else.
 */
export function readSelector(text: string): NeuronIndices {
  const indices = text.split(',').map((part): number | NeuronRange => {
    const bounds = part.trim().split(':');
    if (bounds.length > 3 || !bounds.every((bound) => /^-?\d*$/.test(bound) && bound !== '-') || (bounds.length === 1 && bounds[0] === '')) {
      throw new LensError('invalid-argument', `--neuron must be indices or ranges start:stop:step with commas between them, got '${text}'`);
    }
    const [start, stop, step] = bounds.map((bound) => (bound === '' ? null : Number(bound)));
    return bounds.length === 1 ? Number(part) : { start, stop, step };
  });
  const [only] = indices;
  return indices.length === 1 && typeof only === 'number' ? only : indices;
}
