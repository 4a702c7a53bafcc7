import { LensError } from '../../../src/protocol/errors';
import { serve } from '../../../src/engine/requests/serve';

/** The requests of the process that engineClient.test.ts forks. */
export interface StandInRequests {
  echo: { params: unknown; result: unknown };
  fail: { params: null; result: null };
  crash: { params: { how: 'exit' | 'kill' | 'throw' }; result: null };
  wait: { params: null; result: string };
  environment: { params: { name: string }; result: string | undefined };
}

serve<StandInRequests>({
  echo: (params, { event }) => {
    event('echoing');
    console.log('echoing');
    return params;
  },
  fail: () => {
    throw new LensError('not-found', "There is no model 'x'", 'Choose another.');
  },
  crash: ({ how }) => {
    if (how === 'exit') process.exit(3);
    if (how === 'kill') process.kill(process.pid, 'SIGKILL');
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
    return new Promise<null>(() => {});
  },
  wait: (_, { signal, progress }) => {
    progress({ fraction: 0.5, message: 'half' });
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        console.log('aborted');
        resolve('too late');
      });
    });
  },
  environment: ({ name }) => process.env[name],
});
