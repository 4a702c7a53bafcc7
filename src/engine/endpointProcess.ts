// The process that serves Python: forked by the extension, or started by scripts with `--stdio-file FILE`.
import type { EndpointRequests, EndpointStatus } from '../protocol/endpoint';
import { Endpoint } from './endpoint/endpoint';
import { pythonMethods } from './endpoint/pythonMethods';
import { engineHandlers } from './requests/engineHandlers';
import { serve, type RequestHandlers } from './requests/serve';

process.on('unhandledRejection', (error) => console.error('Unhandled rejection:', error));

let opened: Promise<Endpoint> | undefined;

function open(options: Parameters<typeof Endpoint.open>[0]): Promise<Endpoint> {
  opened ??= Endpoint.open(options).then((endpoint) => {
    process.on('exit', () => endpoint.removeFile());
    return endpoint;
  });
  opened.catch(() => (opened = undefined));
  return opened;
}

const statusOf = async (): Promise<EndpointStatus> => (await opened)?.status ?? { clients: [] };

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));

const [option, file] = process.argv.slice(2);
if (option === '--stdio-file' && file) {
  // Who started it holds its standard input: it leaves when that ends.
  process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume();
  open({ file }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
} else if (process.send) {
  const handlers: RequestHandlers<EndpointRequests> = {
    ...engineHandlers,
    listen: async ({ workspaceFolders }) => {
      const endpoint = await open({ workspaceFolders });
      endpoint.announce(workspaceFolders);
      return endpoint.status;
    },
    methods: () => Promise.resolve(pythonMethods()),
    endpointStatus: statusOf,
  };
  serve(handlers);
} else {
  console.error('Usage: node endpoint.js --stdio-file FILE');
  process.exitCode = 2;
}
