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
  methods: MethodChoice[];
  /** The layers that methods with `needs` can be given; absent when there are none. */
  layers?: LayerChoice[];
}

/** An algorithm as menus show it. */
export interface MethodChoice {
  /** Captum's class name. */
  name: string;
  title: string;
  /** What it is for, one sentence. */
  description: string;
  /** Whether it is the user's own, or another extension's. */
  isOwn?: boolean;
  /** What has to be chosen with it: a layer that is attributed to, or a neuron of a layer that is explained. */
  needs?: 'layer' | 'neuron';
  /** What it takes with its default options, or what the user's own took the last time: examples pushed through the model, and seconds, where they can be told. */
  cost?: { passes: number; seconds?: number };
  /** Why it cannot be chosen for this model and input: `needs a ReLU network: LRP has no rule for Erf`. */
  unavailable?: string;
}

/** A layer as menus show it. */
export interface LayerChoice {
  name: string;
  /** The ONNX operator type; of a module of several nodes their types or count. */
  op: string;
  /** The shape of what it computes, without the axis of the examples. */
  shape: number[];
}

export interface JobProgress {
  /** 0 to 1. */
  fraction: number;
  /** `step 120 of 200` */
  message: string;
  /** Estimated seconds left; absent before the first chunk is done. */
  secondsLeft?: number;
}
