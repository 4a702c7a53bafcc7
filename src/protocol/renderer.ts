import type { ErrorPayload } from './errors';
import type { AttributionOutput, RecomputeRequest } from './output';

/** Messages from the notebook renderer to the extension host. Every one names its output: the editor is the only address. */
export interface RendererToHost {
  /** Asks whether the output can still be recomputed; answered by `capabilities`. */
  hello: { outputId: string };
  recompute: { outputId: string; request: RecomputeRequest };
  cancel: { outputId: string };
  /** Saves the picture that is shown; the host asks where. */
  exportPng: { outputId: string; /** base64 PNG */ png: string; suggestedName: string };
}

/** Messages from the extension host to the notebook renderer. */
export interface HostToRenderer {
  capabilities: { outputId: string; capabilities: OutputCapabilities };
  progress: { outputId: string; progress: JobProgress };
  /** The new result; also written into the notebook in place of the old one. */
  updated: { outputId: string; output: AttributionOutput };
  /** The job failed or was cancelled; the last good output stays. */
  failed: { outputId: string; error: ErrorPayload };
}

/** What can be asked of the engine for an output; an output of an earlier run has `live: false` with the reason. */
export interface OutputCapabilities {
  live: boolean;
  /** Why it is not live and what to do: `Run the cell again to change what was computed.` */
  reason?: string;
  methods: { name: string; title: string; description: string }[];
}

export interface JobProgress {
  /** 0 to 1. */
  fraction: number;
  /** `step 120 of 200` */
  message: string;
  /** Estimated seconds left; absent before the first chunk is done. */
  secondsLeft?: number;
}
