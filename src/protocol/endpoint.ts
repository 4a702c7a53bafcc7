import type { EngineRequests } from './engine';
import type { MethodChoice } from './renderer';

/** The version of the messages between the endpoint and its clients; both must have the same. */
export const ENDPOINT_PROTOCOL = 1;

/** The environment variable that names the endpoint file to clients. */
export const ENDPOINT_VARIABLE = 'ATTRIBUTION_LENS_ENDPOINT';

/** What an endpoint file holds: where the endpoint listens on this machine, and what to show it. Only its user can read it. */
export interface EndpointFile {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  readonly version: number;
  readonly host: string;
  readonly workspaceFolders: readonly string[];
}

/** What an endpoint process is asked: everything that an engine is, and to listen. */
export interface EndpointRequests extends EngineRequests {
  /** Begins to listen, the first time, and says where; writes the endpoint file, each time. */
  listen: { params: { workspaceFolders: string[] }; result: EndpointStatus };
  /** The algorithms that Python can use on any model. */
  methods: { params: Record<string, never>; result: PythonMethod[] };
  /** Who is connected. */
  endpointStatus: { params: Record<string, never>; result: EndpointStatus };
}

/** An algorithm before it is known what model it is for. */
export interface PythonMethod extends Pick<MethodChoice, 'name' | 'title' | 'description' | 'needs'> {
  /** Whether it needs gradients. */
  differentiates: boolean;
}

export interface EndpointStatus {
  /** The path of the endpoint file; absent before it listens. */
  file?: string;
  port?: number;
  clients: EndpointClient[];
}

/** A process that is connected. */
export interface EndpointClient {
  /** `Python 3.11.2, torch 2.1.0` */
  description: string;
  /** Its working folder. */
  folder: string;
  /** Calls that run now. */
  running: number;
}

/** Outputs of an endpoint process have ids that tell its process. */
export const endpointOutputId = (pid: number, unique: string): string => `python-${pid}-${unique}`;

/** The endpoint process that made an output; undefined for outputs of other processes. */
export function endpointOf(outputId: string): number | undefined {
  const [, pid] = /^python-(\d+)-/.exec(outputId) ?? [];
  return pid === undefined ? undefined : Number(pid);
}
