import * as path from 'node:path';
import type * as vscode from 'vscode';
import { ENDPOINT_VARIABLE } from '../../protocol/endpoint';
import type { EndpointProcess } from './endpointProcess';

/**
 * What kernels that start from now on find: Jupyter starts them with the environment of the extension host, and a cell
 * runs before anything can be told to a fresh kernel.
 */
export class NewKernels implements vscode.Disposable {
  private readonly before = { PYTHONPATH: process.env.PYTHONPATH, [ENDPOINT_VARIABLE]: process.env[ENDPOINT_VARIABLE] };
  private readonly moves: vscode.Disposable;

  /** @param folder the folder of the package attribution_lens. */
  constructor(private readonly folder: string, endpoint: EndpointProcess) {
    this.moves = endpoint.onDidMove((file) => (process.env[ENDPOINT_VARIABLE] = file));
  }

  /** Makes the package importable in them, after all that is importable without it. */
  findPackage(): void {
    const folders = (process.env.PYTHONPATH ?? '').split(path.delimiter).filter((each) => each);
    if (!folders.includes(this.folder)) process.env.PYTHONPATH = [...folders, this.folder].join(path.delimiter);
  }

  dispose(): void {
    this.moves.dispose();
    for (const [name, value] of Object.entries(this.before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
