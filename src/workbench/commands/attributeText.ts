import * as path from 'node:path';
import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { AttributionOutput } from '../../protocol/output';
import type { DecoratedToken, TokenDecorations } from '../decorations/tokenDecorations';
import type { AttributionPanels } from '../panel/attributionPanels';
import { requireTrust } from '../trust/trust';
import { reportFailure } from './failures';
import type { Messages } from './messages';
import { pickMethodAndTarget } from './pickers';
import { withJobProgress } from './progress';
import type { Services } from './services';

const TITLE = 'Attribute Selection';

/** At most this much of a text is attributed, in UTF-16 units: the detector needs no more, and tints of more help nobody. */
export const TEXT_LIMIT = 8192;

/** Where an attributed text lies in its document. */
interface Excerpt {
  text: string;
  start: number;
  /** Units of the selection or document that were left out at its end. */
  omitted: number;
  whole: boolean;
}

/**
 * Attributes the language of the selected text (of the whole document without a selection) to its tokens, with the
 * language-detection model that VS Code itself uses; shows them in a panel and as tints in the editor.
 */
export async function attributeText(editor: vscode.TextEditor, services: Services, messages: Messages, panels: AttributionPanels, decorations: TokenDecorations): Promise<void> {
  if (!requireTrust(TITLE, messages)) return;
  const { engine } = services;
  const { document } = editor;
  const retry = () => attributeText(editor, services, messages, panels, decorations);
  try {
    const excerpt = excerptOf(editor);
    const name = path.basename(document.uri.path);
    const languageId = document.languageId === 'plaintext' ? undefined : document.languageId;
    const text = { text: excerpt.text, languageId };
    const choices = await withJobProgress(`Detecting the language of ${name}`, ({ signal }) => engine.request('textChoices', text, { signal }));
    const picked = await pickMethodAndTarget(choices, `${TITLE}: ${name}`, messages, 'the language of this file');
    if (!picked) return;
    const chosen = choices.predictions.find(({ index }) => String(index) === String(picked.target))?.label;
    const params = { ...text, languageId: chosen ?? languageId, method: picked.method, options: picked.options };
    const version = document.version;
    const { bundle, ranges } = await withJobProgress(`Attributing ${name}`, (job) => engine.request('attributeText', params, job));
    const tint = (output: AttributionOutput) => {
      if (document.version === version) decorations.show(document.uri, labelOf(output), tokensOf(document, excerpt.start, ranges, output));
    };
    tint(bundle.output);
    panels.show({
      key: document.uri.toString(),
      title: name,
      output: bundle.output,
      note: noteOf(excerpt),
      onDidUpdate: tint,
      onDidClose: () => decorations.clear(document.uri),
    });
  } catch (error) {
    reportFailure(error, services, messages, { retry });
  }
}

function excerptOf({ document, selection }: vscode.TextEditor): Excerpt {
  const whole = selection.isEmpty;
  const full = document.getText(whole ? undefined : selection);
  if (!full.trim()) {
    throw new LensError('invalid-argument', whole ? 'This document is empty' : 'The selection holds only white space', whole ? undefined : 'Select some text, then attribute it.');
  }
  // Not in the middle of a surrogate pair.
  const text = full.slice(0, TEXT_LIMIT).replace(/[\uD800-\uDBFF]$/, '');
  return { text, start: whole ? 0 : document.offsetAt(selection.start), omitted: full.length - text.length, whole };
}

function noteOf({ text, omitted, whole }: Excerpt): string | undefined {
  if (omitted === 0) return undefined;
  const part = whole ? 'document' : 'selection';
  return `The ${part} is long: its first ${text.length} characters were attributed, ${omitted} were left out. Select the part that you care about to attribute another one.`;
}

function labelOf(output: AttributionOutput): string {
  return output.examples[0]?.target?.label ?? 'the target';
}

function tokensOf(document: vscode.TextDocument, start: number, ranges: readonly [number, number][], output: AttributionOutput): DecoratedToken[] {
  const view = output.examples[0]?.views[0];
  if (view?.kind !== 'text') return [];
  return ranges.slice(0, view.attributions.length).map(([from, to], index) => ({
    range: new vscode.Range(document.positionAt(start + from), document.positionAt(start + to)),
    attribution: view.attributions[index]!,
  }));
}
