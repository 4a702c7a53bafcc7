// npm start [-- --port N] [--theme dark|light|hc|hc-light]
//   Starts a real VS Code with the extension and the sample notebook, prints its address, and runs until Ctrl+C.
// npm start -- --once --report FILE [--theme ...]
//   Runs every cell of the sample notebooks without showing a window, writes FILE (JSON) with a picture of every cell
//   beside it, prints a summary, and exits 0 only if every code cell produced its output without an error.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuild, ensureDependencies, ensureVSCode } from './ensure.mjs';
import { main } from './main.mjs';
import { HostError } from './npm.mjs';
import { printReport, runNotebooks } from './report.mjs';
import { serveVSCode, startVSCode } from './vscode.mjs';
import { copyToScratch, samples } from './workspace.mjs';

/** The notebook that opens first. */
const FIRST = 'captum-talk.ipynb';

await main(async () => {
  const { values: options } = parseArgs({
    options: { once: { type: 'boolean' }, report: { type: 'string' }, theme: { type: 'string' }, port: { type: 'string' } },
  });
  if (Boolean(options.once) !== Boolean(options.report)) throw new HostError('--once and --report FILE go together.');
  ensureDependencies();
  await ensureBuild();
  const vscode = await ensureVSCode();
  const scratch = copyToScratch(samples);
  try {
    if (options.once) return await once(vscode, scratch.folder, options);
    await serve(vscode, scratch.folder, options);
  } finally {
    scratch.remove();
  }
});

async function serve(vscode, workspace, { theme, port }) {
  const notebook = path.join(workspace, FIRST);
  const running = await serveVSCode({ vscode, workspace, notebook, theme, port: port && Number(port) });
  console.log(running.url
    ? `\nVS Code with Attribution Lens is ready:\n\n  ${running.url}\n\nOpen this address in a browser: the sample notebook opens by itself. Ctrl+C ends it.`
    : `\nVS Code with Attribution Lens opens ${FIRST}. Close its window or press Ctrl+C to end it.`);
  console.log(`The notebooks are copies in ${path.relative(process.cwd(), workspace) || workspace}.`);
  await running.exited;
  await running.close();
}

async function once(vscode, workspace, { report: target, theme }) {
  const file = path.resolve(target);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // Tall enough that an output is seen whole.
  const code = await startVSCode({ vscode, workspace, theme, viewport: { width: 1400, height: 1700 } });
  try {
    const report = await runNotebooks(code, workspace, path.dirname(file));
    fs.writeFileSync(file, `${JSON.stringify({ vscode: vscode.kind, ...report }, null, 2)}\n`);
    printReport(report);
    console.log(`\n${path.relative(process.cwd(), file)}, with the pictures beside it`);
    return report.complete ? 0 : 1;
  } finally {
    await code.close();
  }
}
