// Runs the sample notebooks in a running VS Code and reports what every cell showed.
import fs from 'node:fs';
import path from 'node:path';
import { openFile, runCell, shootCell } from './notebook.mjs';

const OUTPUT_MIME = 'application/vnd.attribution-lens.v1+json';
const ERROR_MIME = 'application/vnd.code.notebook.error';

/** The languages of our kernel. */
const LANGUAGES = new Set(['typescript', 'javascript']);

/**
 * Runs every cell of the notebooks for our kernel in a folder, from top to bottom.
 *
 * @param code what `startVSCode` returned.
 * @param {string} folder the workspace with the notebooks.
 * @param {string} out the folder for the pictures.
 * @returns `cells`, one entry for each code cell; `complete`, whether there is a cell and each one succeeded.
 */
export async function runNotebooks(code, folder, out) {
  const started = Date.now();
  const cells = [];
  for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.ipynb')).sort()) {
    const file = path.join(folder, name);
    if (!isOurs(file)) continue;
    const { cells: all } = await openFile(code, file);
    const own = [];
    for (const { index } of all.filter((cell) => cell.code)) {
      const run = await runCell(code, file, index).catch((error) => ({ success: false, seconds: 0, outputs: [], error: error.message.split('\n')[0] }));
      own.push({ notebook: name, cell: index, ...describe(run) });
    }
    for (const entry of own) {
      const screenshot = `${path.basename(name, '.ipynb')}-cell-${entry.cell}.png`;
      entry.screenshot = (await shootCell(code, entry.cell, path.join(out, screenshot))) ? screenshot : null;
    }
    cells.push(...own);
    await code.evaluate(async (vscode) => {
      await vscode.window.activeNotebookEditor?.notebook.save();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });
  }
  return { complete: cells.length > 0 && cells.every((cell) => cell.ok), seconds: (Date.now() - started) / 1000, cells };
}

function isOurs(file) {
  const { metadata } = JSON.parse(fs.readFileSync(file, 'utf8'));
  return LANGUAGES.has(metadata.kernelspec?.language ?? metadata.language_info?.name);
}

/** One cell's entry of the report. The numbers of several examples or inputs are lists, those of one stand alone. */
function describe({ success, seconds, outputs, error }) {
  const items = outputs.flat();
  const failure = error ?? items.filter((item) => item.mime === ERROR_MIME).map((item) => JSON.parse(item.text).message)[0];
  const attributions = items.filter((item) => item.mime === OUTPUT_MIME).map((item) => JSON.parse(item.text));
  const examples = attributions.flatMap((each) => each.examples);
  const convergence = examples.map((each) => each.convergence).filter(Boolean);
  return {
    ok: success && !failure && items.length > 0,
    ...(failure || items.length === 0 ? { error: failure ?? 'the cell showed nothing' } : {}),
    method: one(attributions.map((each) => each.method.name)),
    model: one(attributions.map((each) => each.model.name)),
    target: one(examples.map((each) => each.target).filter(Boolean).map(({ index, label, score }) => ({ index, label, score }))),
    attributionsShape: one(attributions.flatMap((each) => each.inputs.map((input) => input.attributionsShape))),
    convergenceDelta: one(convergence.map((each) => each.delta)),
    relativeDelta: one(convergence.map((each) => each.relative)),
    verdict: one(convergence.map((each) => each.verdict)),
    seconds,
    mimeTypes: [...new Set(items.map((item) => item.mime))],
    summary: one(attributions.map((each) => each.summary)),
    screenshot: null,
  };
}

const one = (values) => (values.length === 0 ? null : values.length === 1 ? values[0] : values);

/** Prints one line for each cell. */
export function printReport({ cells, complete, seconds }) {
  const number = (value) => [value ?? []].flat().map((each) => (each === null ? '-' : each.toPrecision(3))).join(' ');
  const heads = ['notebook', 'cell', 'method', 'model', 'target', 'shape', 'delta', 'relative', 'verdict', 'seconds', ''];
  const rows = cells.map((cell) => [
    cell.notebook, String(cell.cell), text(cell.method), text(cell.model),
    [cell.target ?? []].flat().map((each) => each.label ?? each.index.join(',')).join(' '),
    cell.attributionsShape ? JSON.stringify(cell.attributionsShape).replaceAll(',', ' ') : '',
    number(cell.convergenceDelta), number(cell.relativeDelta), text(cell.verdict), cell.seconds.toFixed(2),
    cell.ok ? 'ok' : `FAILED: ${cell.error ?? 'the cell did not succeed'}`,
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (column === heads.length - 1 ? 0 : row[column].length))));
  for (const row of [heads, ...rows]) console.log(row.map((value, column) => value.padEnd(widths[column])).join('  ').trimEnd());
  const failed = cells.filter((cell) => !cell.ok).length;
  console.log(complete ? `\nAll ${cells.length} cells produced their output in ${seconds.toFixed(0)} s.` : `\n${failed} of ${cells.length} cells failed.`);
}

const text = (value) => [...new Set([value ?? []].flat())].join(' ');
