import assert from 'node:assert/strict';
import { formatWordImportances, wordColor } from '../../../src/visualization/formatWordImportances';
import type { Adaptor } from './adaptor';

/** The colours of words, and the table cell of a text. */
export const visualizeTextAdaptor: Adaptor = ({ json, tensors }) => {
  assert.ok(tensors.values || tensors.importances, 'a case with values or importances');
  if (tensors.values) assert.deepEqual(Array.from(tensors.values.data, wordColor), json.expected_css);
  if (tensors.importances) assert.equal(formatWordImportances((json.words as unknown[]).map(String), Array.from(tensors.importances.data)), json.expected_html);
};
