import * as vscode from 'vscode';

export type Severity = 'error' | 'information';

/** A next step, as a button of a message. */
export interface MessageAction {
  /** In title case, as VS Code labels buttons: `Restart Engine`. */
  readonly label: string;
  run(): unknown;
}

/** VS Code shows messages without buttons on one line, and cuts what is longer than about this. */
const ONE_LINE = 55;

export interface ShownMessage {
  readonly severity: Severity;
  readonly text: string;
  readonly actions: readonly MessageAction[];
}

/**
 * Shows messages with a button for each next step. A command that fails returns at once: nobody waits for the user to
 * read the message.
 */
export class Messages implements vscode.Disposable {
  private readonly shown = new vscode.EventEmitter<ShownMessage>();
  /** Fires for every message, so that tests see what users see. */
  readonly onDidShow = this.shown.event;

  constructor(private readonly log: vscode.LogOutputChannel) {}

  show(severity: Severity, text: string, ...actions: MessageAction[]): void {
    this.shown.fire({ severity, text, actions });
    const labels = actions.length === 0 && text.length > ONE_LINE ? ['OK'] : actions.map(({ label }) => label);
    const answer = severity === 'error' ? vscode.window.showErrorMessage(text, ...labels) : vscode.window.showInformationMessage(text, ...labels);
    void answer.then((chosen) => this.run(actions, chosen));
  }

  /** Asks a question that nothing happens without: resolves with false unless the user chose `label`. */
  async confirm(text: string, detail: string, label: string): Promise<boolean> {
    return (await vscode.window.showInformationMessage(text, { modal: true, detail }, label)) === label;
  }

  dispose(): void {
    this.shown.dispose();
  }

  private async run(actions: readonly MessageAction[], chosen: string | undefined): Promise<void> {
    try {
      await actions.find(({ label }) => label === chosen)?.run();
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
    }
  }
}
