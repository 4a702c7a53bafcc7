// Takes pictures of the extension in a real VS Code.
//
//   node test/host/shot.mjs --open FILE [--folder DIR] [--theme dark|light|hc|hc-light] [--run] [--out DIR]
//                           [--size WxH] [--eval SCRIPT.mjs] [--settings JSON] [--headed] [--no-build] [--extension DIR]
//
// Notebooks of Python run in a real kernel with the test-only Jupyter extension, whose questions are agreed to.
// Opens FILE from a scratch copy (of the folder DIR; of media/samples if FILE is in it; else of FILE alone). Writes
// window.png, with --run after running every cell, and then cell-N.png and output-N.png for every cell. SCRIPT.mjs
// exports default async ({ page, frames, shot, evaluate, cell, folder, file }) => {}: `shot(name)` takes the window,
// `cell(N, name)` a cell, `frames(selector)` gives the webview frames that hold such an element, and
// `evaluate((vscode, ...args) => ..., ...args)` runs in the extension host.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuild, ensureDependencies, ensureVSCode } from './ensure.mjs';
import { findPython, jupyterExtension } from './jupyter.mjs';
import { connectPython, framesWith, isPythonNotebook, openFile, runCell, shootCell } from './notebook.mjs';
import { main } from './main.mjs';
import { root } from './paths.mjs';
import { startVSCode } from './vscode.mjs';
import { copyToScratch, samples } from './workspace.mjs';

await main(async () => {
  const { values: options } = parseArgs({
    options: {
      open: { type: 'string' }, folder: { type: 'string' }, theme: { type: 'string', default: 'dark' }, run: { type: 'boolean' },
      out: { type: 'string', default: 'shots' }, size: { type: 'string', default: '1400x900' }, eval: { type: 'string' },
      settings: { type: 'string', default: '{}' }, headed: { type: 'boolean' }, 'no-build': { type: 'boolean' },
      extension: { type: 'string', default: root },
    },
  });
  if (!options.open) throw new Error('--open FILE is missing');
  const file = path.resolve(options.open);
  const out = path.resolve(options.out);
  fs.mkdirSync(out, { recursive: true });
  ensureDependencies();
  if (!options['no-build'] && options.extension === root) await ensureBuild();
  const vscode = await ensureVSCode();

  const python = isPythonNotebook(file);
  if (python && !findPython()) throw new Error(`${options.open} needs a Python with ipykernel, jupyter_client and torch`);
  const source = options.folder ? path.resolve(options.folder) : file.startsWith(samples + path.sep) ? samples : file;
  const scratch = copyToScratch(source);
  const [width, height] = options.size.split('x').map(Number);
  let code;
  try {
    code = await startVSCode({
      vscode, workspace: scratch.folder, extensions: [path.resolve(options.extension), ...(python ? [jupyterExtension] : [])], theme: options.theme,
      settings: JSON.parse(options.settings), viewport: { width, height }, headless: !options.headed,
    });
    const copy = path.join(scratch.folder, source === file ? path.basename(file) : path.relative(source, file));
    const opened = await openFile(code, copy);
    let number = 0;
    const shot = async (name = `shot-${++number}`) => {
      const target = path.join(out, `${name}.png`);
      await code.page.screenshot({ path: target });
      console.log(target);
      return target;
    };
    await code.page.waitForTimeout(1500);
    const codeCells = opened.cells.filter((cell) => cell.code);
    if (options.run) {
      if (python) await connectPython(code, copy, codeCells[0].index);
      for (const { index } of codeCells) {
        const { success, seconds, outputs } = await runCell(code, copy, index);
        console.log(`cell ${index}: ${success ? 'ok' : 'FAILED'} in ${seconds.toFixed(2)} s; ${outputs.flat().map((item) => item.mime).join(', ') || 'no output'}`);
        for (const { text } of outputs.flat().filter((item) => item.mime.endsWith('.error'))) console.log(`  ${text}`);
      }
    }
    // Cells show that they have ended a little later.
    await code.page.waitForTimeout(1000);
    await shot('window');
    if (options.run) {
      for (const { index } of codeCells) {
        await shootCell(code, index, path.join(out, `cell-${index}.png`));
        await shootCell(code, index, path.join(out, `output-${index}.png`), { outputOnly: true });
      }
    }
    if (options.eval) {
      const script = await import(pathToFileURL(path.resolve(options.eval)).href);
      await script.default({
        page: code.page, evaluate: code.evaluate, shot, folder: scratch.folder, file: copy,
        frames: (selector) => framesWith(code.page, selector),
        cell: (index, name, more) => shootCell(code, index, path.join(out, `${name}.png`), more),
      });
    }
  } finally {
    await code?.close();
    scratch.remove();
  }
});
