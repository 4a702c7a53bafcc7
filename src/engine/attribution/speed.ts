/** What rows are pushed through for: the output alone, or its gradients too. */
export type PassKind = 'forward' | 'gradient';

/** A gradient needs the values of the forward pass and about twice its work back. */
const GRADIENT_TO_FORWARD = 3;

/** How many seconds a row takes, from the chunks that ran so far. */
export class Speed {
  private readonly fastest: Partial<Record<PassKind, number>> = {};
  private runs = 0;

  /** Whether too little ran to judge by: a first run also reserves memory. */
  get isCold(): boolean {
    return this.runs < 2;
  }

  /** Notes a chunk; the fastest counts. */
  note(kind: PassKind, rows: number, seconds: number): void {
    this.runs++;
    this.fastest[kind] = Math.min(this.fastest[kind] ?? Infinity, seconds / rows);
  }

  /** Seconds of one row; a gradient that has not run yet is judged by the forward pass. Undefined before anything ran. */
  secondsOf(kind: PassKind): number | undefined {
    const { forward, gradient } = this.fastest;
    if (kind === 'forward') return forward;
    return gradient ?? (forward === undefined ? undefined : GRADIENT_TO_FORWARD * forward);
  }
}
