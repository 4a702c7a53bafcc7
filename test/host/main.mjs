// Runs a script's main function: failures of the environment as one sentence, all others with their stack.
import { HostError } from './npm.mjs';

/** @param {() => Promise<number | void>} body returns the exit code, 0 when it returns nothing. */
export async function main(body) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    console.error(error instanceof HostError ? error.message : error);
    process.exitCode = 1;
  }
}
