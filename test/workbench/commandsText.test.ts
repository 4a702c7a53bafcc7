import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TextView } from '../../src/protocol/output';
import { TEXT_LIMIT } from '../../src/workbench/commands/attributeText';
import { attributeSelection, buttons, closeAll, killedWhenAsked, lens, messageOf, openText, until } from './lens';

const RUST = `use std::collections::HashMap;

fn count(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    counts
}
`;
const PYTHON = `import collections

def count(text):
    """Counts the words of a text."""
    return collections.Counter(word.lower() for word in text.split())

if __name__ == "__main__":
    print(count("to be or not to be"))
`;

const shownFor = async ({ document }: vscode.TextEditor) => (await lens()).commands.panels.content(document.uri.toString());
const tinted = async ({ document }: vscode.TextEditor) => (await lens()).commands.decorations.tokens(document.uri);
const panelTab = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => input instanceof vscode.TabInputWebview);

describe('Attribute Selection on text', () => {
  beforeEach(closeAll);
  after(closeAll);

  it('tints the tokens of the whole document and shows them in a panel', async () => {
    const editor = await openText(RUST, 'rust');
    await attributeSelection();
    const content = await shownFor(editor);
    const example = content?.output.examples[0];
    assert.equal(example?.target?.label, 'Rust');
    assert.equal(content?.note, undefined);
    const view = example?.views[0] as TextView;
    const tokens = await tinted(editor);
    assert.deepEqual(tokens.map(({ attribution }) => attribution), view.attributions);
    assert.deepEqual(tokens.map(({ range }) => editor.document.getText(range)), view.tokens);
    assert.ok(view.attributions.some((value) => value > 0));
    await until("the panel's tab", () => panelTab()?.label.startsWith('Attribution: '));
  });

  it('attributes only the selection, at its place', async () => {
    const editor = await openText(RUST.replace('fn count', '[[fn count').replace('HashMap::new();', 'HashMap::new();]]'), 'rust');
    await attributeSelection();
    const tokens = await tinted(editor);
    assert.ok(tokens.length > 0);
    for (const { range } of tokens) assert.ok(editor.selection.contains(range), `${editor.document.getText(range)} is outside the selection`);
    const view = (await shownFor(editor))?.output.examples[0].views[0] as TextView;
    assert.deepEqual(tokens.map(({ range }) => editor.document.getText(range)), view.tokens);
  });

  it('detects the language of plain text', async () => {
    const editor = await openText(PYTHON, 'plaintext');
    await attributeSelection();
    assert.equal((await shownFor(editor))?.output.examples[0].target?.label, 'Python');
  });

  it('attributes the language of the file where another one is detected', async () => {
    const editor = await openText(PYTHON, 'ruby');
    await attributeSelection();
    const example = (await shownFor(editor))?.output.examples[0];
    assert.equal(example?.target?.label, 'Ruby');
    assert.equal(example?.predictions?.[0].label, 'Python');
  });

  it('says so when a document is too long to be attributed whole', async () => {
    const editor = await openText(PYTHON.repeat(60), 'python');
    await attributeSelection();
    assert.match((await shownFor(editor))?.note ?? '', new RegExp(`first ${TEXT_LIMIT} characters`));
    for (const { range } of await tinted(editor)) assert.ok(editor.document.offsetAt(range.end) <= TEXT_LIMIT);
  });

  it('clears the tints when the text is edited', async () => {
    const editor = await openText(RUST, 'rust');
    await attributeSelection();
    assert.ok((await tinted(editor)).length > 0);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// '));
    assert.equal((await tinted(editor)).length, 0);
  });

  it('clears the tints when the panel closes', async () => {
    const editor = await openText(RUST, 'rust');
    await attributeSelection();
    await until("the panel's tab", panelTab);
    await vscode.window.tabGroups.close(panelTab()!);
    await until('an editor without tints', async () => (await tinted(editor)).length === 0);
    assert.equal(await shownFor(editor), undefined);
  });

  it('clears the tints by command', async () => {
    const editor = await openText(RUST, 'rust');
    await attributeSelection();
    assert.ok((await tinted(editor)).length > 0);
    await vscode.commands.executeCommand('attributionLens.clearDecorations');
    assert.equal((await tinted(editor)).length, 0);
  });

  it('says that an empty document has nothing to attribute', async () => {
    await openText('', 'rust');
    const message = await messageOf(() => attributeSelection());
    assert.equal(message.severity, 'error');
    assert.match(message.text, /document is empty/);
  });

  it('says that a selection of white space has nothing to attribute', async () => {
    await openText('fn main() {[[   ]]}', 'rust');
    assert.match((await messageOf(() => attributeSelection())).text, /selection holds only white space/);
  });

  it('offers to restart an engine that died, and attributes then', async () => {
    const editor = await openText(RUST, 'rust');
    const { engine } = await lens();
    await engine.request('status', {});
    const message = await messageOf(() => killedWhenAsked(engine, attributeSelection));
    assert.match(message.text, /engine process ended by SIGKILL/);
    assert.deepEqual(buttons(message), ['Restart Engine']);
    const again = message.actions[0].run() as Promise<void>;
    let done = false;
    void again.then(() => (done = true));
    await until('the attribution after the restart', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return done;
    });
    assert.equal((await shownFor(editor))?.output.examples[0].target?.label, 'Rust');
  });
});
