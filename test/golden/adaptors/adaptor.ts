import type { GoldenCase } from '../goldenFolder';

/** Runs a case and throws when something differs from what it expects. */
export type Adaptor = (golden: GoldenCase) => void | Promise<void>;

/** A case whose method does not exist here. */
export class MissingMethod extends Error {
  constructor(method: string) {
    super(`${method} does not exist yet`);
  }
}
