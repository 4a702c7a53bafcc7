import assert from 'node:assert/strict';
import { COLOR_SCHEMES } from '../../src/visualization/colorSchemes';
import { LEVELS, TINT_COLORS, tints } from '../../src/workbench/decorations/strength';

describe('tints', () => {
  it('tell the sign, and the strength relative to the strongest', () => {
    assert.deepEqual(tints([1, -1, 0.5, 0]), [
      { sign: 'positive', level: LEVELS },
      { sign: 'negative', level: LEVELS },
      { sign: 'positive', level: Math.round(LEVELS * 0.5 ** 0.75) },
      { sign: 'positive', level: 0 },
    ]);
  });

  it('are none where all attributions are 0 or not finite', () => {
    assert.deepEqual(tints([0, 0]).map(({ level }) => level), [0, 0]);
    assert.deepEqual(tints([NaN, 1, -Infinity]).map(({ level }) => level), [0, LEVELS, 0]);
    assert.deepEqual(tints([]), []);
  });

  it('have the colours of the renderer', () => {
    const { overlay } = COLOR_SCHEMES[0];
    assert.ok(overlay.kind === 'strength');
    assert.deepEqual({ positive: overlay.positive, negative: overlay.negative }, TINT_COLORS);
  });
});
