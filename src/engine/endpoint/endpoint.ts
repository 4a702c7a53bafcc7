import os from 'node:os';
import path from 'node:path';
import { ENDPOINT_PROTOCOL, type EndpointStatus } from '../../protocol/endpoint';
import { endpointFolder, removeEndpointFile, removeStaleFiles, writeEndpointFile } from './endpointFile';
import { EndpointServer, type ServerOptions } from './server';

export interface EndpointOptions extends ServerOptions {
  /** The folders that clients find this endpoint by. */
  readonly workspaceFolders?: readonly string[];
  /** Where the endpoint file is written. Default: where clients look for it. */
  readonly file?: string;
}

/** A server, and the file by which clients of this user find it. */
export class Endpoint {
  private constructor(
    private readonly server: EndpointServer,
    readonly port: number,
    readonly file: string,
  ) {}

  /** Listens, and then writes the file. */
  static async open({ workspaceFolders = [], file, ...options }: EndpointOptions = {}): Promise<Endpoint> {
    const folder = endpointFolder();
    if (!file) removeStaleFiles(folder);
    const server = new EndpointServer(options);
    const endpoint = new Endpoint(server, await server.listen(), file ?? path.join(folder, `${process.pid}.json`));
    try {
      endpoint.announce(workspaceFolders);
    } catch (error) {
      await server.close();
      throw error;
    }
    return endpoint;
  }

  get status(): EndpointStatus {
    return { file: this.file, port: this.port, clients: this.server.clients };
  }

  /** Writes the file, with the folders that clients find this endpoint by. */
  announce(workspaceFolders: readonly string[]): void {
    writeEndpointFile(this.file, { port: this.port, token: this.server.token, pid: process.pid, version: ENDPOINT_PROTOCOL, host: os.hostname(), workspaceFolders });
  }

  /** Removes the file; for the end of the process. */
  removeFile(): void {
    removeEndpointFile(this.file);
  }

  async close(): Promise<void> {
    this.removeFile();
    await this.server.close();
  }
}
