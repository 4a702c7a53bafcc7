import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { FLAGS, isInterrupted, type InterruptWorkerData } from './session/interruption';

/**
 * How long JavaScript that has no interruption points (a package's loop) may go on. Long, because to terminate it can
 * end the process: within timers and asynchronous contexts, Node does not expect it.
 */
const PATIENCE_MILLISECONDS = 8000;
const LEAVE_MILLISECONDS = 2000;
const PING_MILLISECONDS = 250;

const { flags, fileDescriptor }: InterruptWorkerData = workerData;
const session = new Session();
let watching: NodeJS.Timeout | undefined;

new Socket({ fd: fileDescriptor, readable: true, writable: false }).on('data', (bytes) => interrupt(bytes.length)).on('error', () => {}).on('close', leave);

function interrupt(times: number): void {
  Atomics.add(flags, FLAGS.received, times);
  Atomics.store(flags, FLAGS.acknowledged, 0);
  parentPort?.postMessage('interrupt');
  if (watching) return;
  let answered = 0;
  let waiting = false;
  session.connectToMainThread();
  const end = () => {
    clearInterval(watching);
    watching = undefined;
    session.disconnect();
  };
  watching = setInterval(() => {
    if (Atomics.load(flags, FLAGS.acknowledged) !== 0 || !isInterrupted(flags)) return end();
    // Answered only where the main thread runs JavaScript. Native code is left to finish: to terminate at its return
    // would take the result from whoever waits for it.
    if (waiting) return;
    waiting = true;
    if (answered * PING_MILLISECONDS >= PATIENCE_MILLISECONDS) session.post('Runtime.terminateExecution', end);
    else {
      session.post('Runtime.evaluate', { expression: '0' }, () => {
        answered++;
        waiting = false;
      });
    }
  }, PING_MILLISECONDS);
}

/** The extension host is gone. The main thread leaves by itself, unless it is in an endless loop. */
function leave(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LEAVE_MILLISECONDS);
}
