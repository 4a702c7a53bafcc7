import * as vscode from 'vscode';
import type { Messages } from '../commands/messages';

/**
 * Whether code and models of this workspace may run. When not, says so with the way to change it.
 *
 * @param action what was asked for, as the subject of the message: `Attribute Selection`.
 */
export function requireTrust(action: string, messages: Messages): boolean {
  if (vscode.workspace.isTrusted) return true;
  messages.show('error', `${action} needs a trusted workspace: in others, models and notebook cells do not run.`, {
    label: 'Manage Workspace Trust',
    run: () => vscode.commands.executeCommand('workbench.trust.manage'),
  });
  return false;
}
