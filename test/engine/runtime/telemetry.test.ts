import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

test('ONNX Runtime leaves no identifier in the home folder, and so reports nothing', () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-home-'));
  try {
    const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...environment } = process.env;
    const runtime = path.join(import.meta.dirname, '../../../src/engine/attribution/engine.ts');
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '-e', `(async () => { const { sharedEngine } = require(${JSON.stringify(runtime)}); const engine = await sharedEngine(); console.log(engine.runtime.name); await engine.dispose(); })()`], {
      env: { ...environment, HOME: home, USERPROFILE: home, LOCALAPPDATA: home },
      encoding: 'utf8',
    });
    assert.match(printed, /^onnxruntime-node/);
    assert.deepEqual(fs.readdirSync(home), []);
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
});
