import util from 'node:util';

/**
 * Supplies the two functions of Node's `util` that tfjs-node calls and Node 23 removed. The fix is merged upstream and
 * was never released (tfjs-node 4.22.0 is the newest).
 */
export function supplyRemovedUtil(): void {
  const supplied = { isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray };
  for (const [name, implementation] of Object.entries(supplied)) if (!(name in util)) Object.assign(util, { [name]: implementation });
}
