import * as vscode from 'vscode';
import { LEVELS, TINT_COLORS, tints, type Tint } from './strength';

/** A token of a document with what it contributed. */
export interface DecoratedToken {
  range: vscode.Range;
  attribution: number;
}

/** Opacity of the strongest tint: more would drown the text on it. */
const STRONGEST_ALPHA = 0.55;

/**
 * Tints tokens of text editors by the sign and strength of their attributions; a hover gives the value.
 *
 * The tints of a document go when it is edited, since its tokens are then no longer those that were attributed.
 */
export class TokenDecorations implements vscode.Disposable {
  private readonly types = new Map<string, vscode.TextEditorDecorationType>();
  private readonly shown = new Map<string, { label: string; tokens: readonly DecoratedToken[] }>();
  private readonly subscriptions: vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.clear(document.uri);
      }),
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => this.paint(editor))),
    ];
  }

  /** Replaces the tints of a document. `label` names what the attributions are for: `rust`. */
  show(document: vscode.Uri, label: string, tokens: readonly DecoratedToken[]): void {
    this.shown.set(document.toString(), { label, tokens });
    this.update(document);
  }

  /** Removes the tints of a document, or of all. */
  clear(document?: vscode.Uri): void {
    const cleared = document ? [document] : [...this.shown.keys()].map((uri) => vscode.Uri.parse(uri));
    for (const uri of cleared) {
      if (this.shown.delete(uri.toString())) this.update(uri);
    }
  }

  /** The tokens that are tinted in a document at present. */
  tokens(document: vscode.Uri): readonly DecoratedToken[] {
    return this.shown.get(document.toString())?.tokens ?? [];
  }

  dispose(): void {
    this.subscriptions.forEach((each) => each.dispose());
    this.types.forEach((each) => each.dispose());
  }

  private update(document: vscode.Uri): void {
    void vscode.commands.executeCommand('setContext', 'attributionLens.tinted', this.shown.size > 0);
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() === document.toString()) this.paint(editor, true);
    }
  }

  private paint(editor: vscode.TextEditor, evenIfNone = false): void {
    const shown = this.shown.get(editor.document.uri.toString());
    if (!shown && !evenIfNone) return;
    const options = new Map<string, vscode.DecorationOptions[]>();
    const tokens = shown?.tokens ?? [];
    tints(tokens.map(({ attribution }) => attribution)).forEach((tint, index) => {
      const { range, attribution } = tokens[index]!;
      const key = this.typeOf(tint);
      const group = options.get(key) ?? [];
      group.push({ range, hoverMessage: describe(attribution, shown!.label) });
      options.set(key, group);
    });
    for (const [key, type] of this.types) editor.setDecorations(type, options.get(key) ?? []);
  }

  private typeOf({ sign, level }: Tint): string {
    const key = `${level === 0 ? 'none' : sign} ${level}`;
    if (!this.types.has(key)) this.types.set(key, vscode.window.createTextEditorDecorationType(level === 0 ? {} : appearance(sign, level)));
    return key;
  }
}

/** A background for the strength; the underline tells the sign without colour: solid is positive, dashed is negative. */
function appearance(sign: Tint['sign'], level: number): vscode.DecorationRenderOptions {
  const color = TINT_COLORS[sign];
  const alpha = Math.round(255 * STRONGEST_ALPHA * (level / LEVELS));
  const style = sign === 'positive' ? 'solid' : 'dashed';
  return {
    backgroundColor: `${color}${alpha.toString(16).padStart(2, '0')}`,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    ...(2 * level > LEVELS && { textDecoration: `underline ${style} ${color} 2px; text-underline-offset: 3px; text-decoration-skip-ink: none` }),
    ...(level === LEVELS && { overviewRulerColor: color, overviewRulerLane: vscode.OverviewRulerLane.Right }),
  };
}

function describe(attribution: number, label: string): vscode.MarkdownString {
  const value = `${attribution < 0 ? '−' : '+'}${Math.abs(attribution).toPrecision(3)}`;
  const verb = attribution === 0 ? 'says nothing about' : attribution < 0 ? 'speaks against' : 'speaks for';
  return new vscode.MarkdownString().appendMarkdown('**Attribution** ').appendText(`${value}: ${verb} ${label}`);
}
