import type { Jupyter, Kernel } from '@vscode/jupyter-extension';
import * as vscode from 'vscode';

export type { Kernel };

/** The extension that runs Python kernels in notebooks. */
export const JUPYTER_ID = 'ms-toolsai.jupyter';

/** The name of the error of a kernel that the user does not let us use. */
const ACCESS_REVOKED = 'vscode.jupyter.apiAccessRevoked';

/** The kernels of the Jupyter extension, through its public API. */
export class JupyterKernels {
  constructor(private readonly id = JUPYTER_ID) {}

  get isInstalled(): boolean {
    return vscode.extensions.getExtension(this.id) !== undefined;
  }

  /**
   * The kernel of a notebook or an interactive window; undefined before its first cell ran.
   *
   * @param activate whether to start the extension when it has not started yet; it runs no cell before it has.
   */
  async kernelOf(uri: vscode.Uri, activate = false): Promise<Kernel | undefined> {
    const extension = vscode.extensions.getExtension<Jupyter>(this.id);
    if (!extension || (!extension.isActive && !activate)) return undefined;
    const api = extension.isActive ? extension.exports : await extension.activate();
    return api.kernels.getKernel(uri);
  }
}

/** Whether an error says that the user denied us the kernel. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && error.name === ACCESS_REVOKED;
}
