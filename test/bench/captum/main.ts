// npm run bench -- --captum [--only TEXT] [--threads 1|default] [--seconds N] [--python COMMAND] [--json FILE] [--markdown FILE]
//
// Computes the same attributions with the engine, with the Python package and with Captum, in turns.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import { compare, type Comparison } from './compare';
import { findPython } from './python';
import { asMarkdown, asText, describeMachine, LEGEND, machine } from './report';
import { CAPTUM_WORKLOADS } from './workloads';

const root = path.resolve(__dirname, '../../..');

export async function compareWithCaptum(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      captum: { type: 'boolean' },
      only: { type: 'string', default: '' },
      threads: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      python: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
    },
  });
  const python = findPython(values.python);
  if (python.versions.torchvision === undefined) console.error('torchvision is not installed: the residual networks are left out');
  const { runtime } = await sharedEngine();
  const where = machine({ node: process.version, ...versionOf(runtime.name), ...python.versions });
  console.error(`${describeMachine(where)}\n`);
  execFileSync(process.execPath, [path.join(root, 'esbuild.mjs')], { cwd: root });

  const chosen = CAPTUM_WORKLOADS.filter(({ model, title }) => `${model}: ${title}`.includes(values.only) && !(model.startsWith('resnet') && python.versions.torchvision === undefined));
  const threads = values.threads === undefined ? [1, undefined] : [values.threads === 'default' ? undefined : Number(values.threads)];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-bench-'));
  const comparisons: Comparison[] = [];
  try {
    for (const workload of chosen) {
      for (const count of threads) {
        comparisons.push(await compare(workload, { python: python.command, threads: count, seconds: Number(values.seconds), folder }));
        console.error(asText(comparisons.slice(-1)).split('\n')[1]);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${asText(comparisons)}\n\n${LEGEND}\n${describeMachine(where)}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine: where, comparisons }, null, 2)}\n`);
  if (values.markdown) writeFileSync(values.markdown, `${asMarkdown(comparisons, where)}\n`);
}

function versionOf(name: string): Record<string, string> {
  const [packageName] = name.split(' ');
  return { [packageName]: (require(`${packageName}/package.json`) as { version: string }).version };
}
