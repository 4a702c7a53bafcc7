/** What went wrong, as a code that callers can branch on and tests can assert. */
export type LensErrorCode =
  | 'invalid-argument' // an option or input the caller gave does not fit
  | 'invalid-model' // a model file or graph that cannot be read
  | 'unsupported-operator' // an operator without a shape rule, kernel or derivative
  | 'shape-mismatch' // tensors whose shapes do not fit together
  | 'target-out-of-range' // a target that the model's output does not have
  | 'not-finite' // NaN or infinity where numbers are needed
  | 'not-found' // a file, name or layer that does not exist
  | 'out-of-memory' // an allocation failed, even at the smallest chunk
  | 'runtime-failure' // the executor refused or failed to run a graph
  | 'engine-stopped' // the engine process ended in the middle of a job
  | 'untrusted-workspace' // running is off until the workspace is trusted
  | 'cancelled'; // the user cancelled

/** The plain-data form of a {@link LensError}, for messages between processes. */
export interface ErrorPayload {
  code: LensErrorCode | 'internal';
  message: string;
  /** What the user can do next, one sentence; empty when the message says it already. */
  nextStep?: string;
  stack?: string;
}

/**
 * An error that a user caused or can act on. The message names the subject, the requirement and the actual value:
 * `Conv 'layer1.0.conv1': dilations must be positive, got [0, 1]`.
 */
export class LensError extends Error {
  constructor(
    readonly code: LensErrorCode,
    message: string,
    readonly nextStep?: string,
  ) {
    super(message);
    this.name = 'LensError';
  }
}

/** Turns anything thrown into plain data that can cross a process boundary. */
export function toErrorPayload(error: unknown): ErrorPayload {
  if (error instanceof LensError) return { code: error.code, message: error.message, nextStep: error.nextStep };
  if (error instanceof Error) return { code: 'internal', message: error.message, stack: error.stack };
  return { code: 'internal', message: String(error) };
}

/** The inverse of {@link toErrorPayload}: an error to throw on the receiving side. */
export function fromErrorPayload(payload: ErrorPayload): Error {
  if (payload.code !== 'internal') return new LensError(payload.code, payload.message, payload.nextStep);
  const error = new Error(payload.message);
  if (payload.stack) error.stack = payload.stack;
  return error;
}
