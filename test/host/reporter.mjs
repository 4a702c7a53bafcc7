// A reporter for node's test runner that writes each result as one line of JSON; see results.mjs.
import path from 'node:path';

/** @param {AsyncIterable<{ type: string, data: Record<string, any> }>} events */
export default async function* reporter(events) {
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      yield line({ output: data.message });
    } else if (type === 'test:pass' || type === 'test:fail') {
      const error = data.details?.error;
      // A suite repeats the failures of its tests; a file appears as a test of its own, which only counts if it crashed.
      if (data.details?.type === 'suite' || error?.failureType === 'subtestsFailed') continue;
      const isFile = data.file !== undefined && path.resolve(data.name) === data.file;
      if (isFile && type === 'test:pass') continue;
      yield line({
        title: isFile ? `${path.basename(data.name)} could not be run to its end` : data.name,
        file: data.file && path.relative(process.cwd(), data.file),
        state: data.skip !== undefined || data.todo !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
        reason: typeof data.skip === 'string' && data.skip !== '' ? data.skip : undefined,
        milliseconds: data.details?.duration_ms ?? 0,
        error: error && describe(error),
      });
    }
  }
  yield line({ end: true });
}

const line = (value) => `${JSON.stringify(value)}\n`;

function describe(error) {
  const cause = error.cause ?? error;
  return typeof cause === 'string' ? cause : cause.stack ?? cause.message ?? String(cause);
}
