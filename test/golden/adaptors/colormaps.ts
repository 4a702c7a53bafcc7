import assert from 'node:assert/strict';
import { colorSchemeOf } from '../../../src/visualization/colorSchemes';
import { ATTRIBUTION_SIGNS } from '../../../src/visualization/sign';
import type { Adaptor } from './adaptor';

/** Captum's colormaps of the four signs, byte for byte. */
export const colormapsAdaptor: Adaptor = ({ json, tensors }) => {
  const luts = json.luts as Readonly<Record<string, { readonly name: string }>>;
  for (const sign of ATTRIBUTION_SIGNS) {
    const { name, rgb } = colorSchemeOf('captum').colormaps[sign];
    assert.equal(name, luts[sign].name);
    const expected = Array.from(tensors[`luts.${sign}.rgba_uint8_256`].data).filter((_, index) => index % 4 < 3);
    assert.deepEqual(Array.from(rgb), expected, `the colours of ${name}`);
  }
};
