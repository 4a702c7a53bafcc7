import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colorSchemeOf } from '../../src/visualization/colorSchemes';
import { ATTRIBUTION_SIGNS } from '../../src/visualization/sign';
import { readCases } from './visualizationCases';

const [{ golden, tensors }] = readCases<{ luts: Record<string, { name: string }> }>('Colormaps');

for (const sign of ATTRIBUTION_SIGNS) {
  test(`Captum's colormap for sign ${sign} is equal byte for byte`, () => {
    const { name, rgb } = colorSchemeOf('captum').colormaps[sign];
    assert.equal(name, golden.luts[sign].name);
    const expected = Array.from(tensors[`luts.${sign}.rgba_uint8_256`].data).filter((_, i) => i % 4 < 3);
    assert.deepEqual(Array.from(rgb), expected);
  });
}
