import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { FILE, readApiOptions } from './apiOptions';

describe('the options that completions know', () => {
  it("are those of the API's types (else run test/kernel/apiOptions.ts)", () => {
    assert.deepEqual(JSON.parse(fs.readFileSync(FILE, 'utf8')), JSON.parse(JSON.stringify(readApiOptions())));
  });
});
