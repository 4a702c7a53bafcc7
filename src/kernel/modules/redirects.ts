import type { MessagePort } from 'node:worker_threads';

/** A question of the hooks' thread, and the main thread's answer: the URL of a module, if it is redirected. */
interface Question {
  id: number;
  specifier: string;
}
interface Answer {
  id: number;
  url: string | undefined;
}

/** Answers where modules are that the kernel has itself. */
export function answerRedirects(port: MessagePort, locate: (specifier: string) => Promise<string | undefined>): void {
  port.on('message', ({ id, specifier }: Question) => {
    const answer = (url: string | undefined) => port.postMessage({ id, url } satisfies Answer);
    locate(specifier).then(answer, () => answer(undefined));
  });
  port.unref();
}

/** Asks the main thread where a module is. */
export function askRedirects(port: MessagePort): (specifier: string) => Promise<string | undefined> {
  const waiting = new Map<number, (url: string | undefined) => void>();
  let next = 0;
  port.on('message', ({ id, url }: Answer) => {
    waiting.get(id)?.(url);
    waiting.delete(id);
  });
  port.unref();
  return (specifier) =>
    new Promise((resolve) => {
      const id = next++;
      waiting.set(id, resolve);
      port.postMessage({ id, specifier } satisfies Question);
    });
}
