import type { ErrorPayload } from './errors';
import type { AttributionBundle, RecomputeRequest, TargetInfo } from './output';
import type { JobProgress, LayerChoice, MethodChoice, OutputCapabilities } from './renderer';

/** What the extension host asks of an engine process (and of a kernel process, which is one too): request and result. */
export interface EngineRequests {
  /** What was found on this machine, what was chosen and why. */
  status: { params: Record<string, never>; result: EngineStatus };
  /** Attributes a class of an image classifier to the pixels of an image file. */
  attributeImage: { params: AttributeImageParams; result: AttributionBundle };
  /** Attributes the detected language of a text to its tokens. */
  attributeText: { params: AttributeTextParams; result: TextAttributionResult };
  /** Computes an earlier output of this process anew, changed as asked, under the same id. */
  recompute: { params: { outputId: string; request: RecomputeRequest }; result: AttributionBundle };
  /** Whether {@link EngineRequests.recompute} can be asked for this output, and with which methods. */
  capabilities: { params: { outputId: string }; result: OutputCapabilities };
  /** Sets the algorithms of other extensions, all of them; answers with those that cannot be used, and why. */
  algorithms: { params: { algorithms: AlgorithmFile[] }; result: { name: string; problem: string }[] };
  /** What a model file holds, and what can be attributed in it; nothing of it is run. */
  inspectModel: { params: { path: string }; result: ModelInspection };
  /** What can be chosen before {@link EngineRequests.attributeImage} runs; costs one forward pass. */
  imageChoices: { params: Pick<AttributeImageParams, 'path' | 'modelFolder'>; result: AttributionChoices };
  /** What can be chosen before {@link EngineRequests.attributeText} runs; costs one forward pass. */
  textChoices: { params: Pick<AttributeTextParams, 'text' | 'languageId'>; result: AttributionChoices };
}

/** What Inspect Model shows. Shapes of one example; an axis of -1 is free. */
export interface ModelInspection {
  name: string;
  /** `ONNX`, `Keras`, `TensorFlow.js`. */
  format: string;
  /** Who wrote the file, and what was changed while reading, one sentence each. */
  notes: string[];
  inputs: PortDescription[];
  outputs: PortDescription[];
  /** Elements of all float32 weights. */
  parameters: number;
  /** The layer that the rest is about, because it is the nearest to the first output that can be attributed, in its place; undefined for most models. */
  instead?: string;
  /** Why there is no graph, and so nothing of what follows; undefined for most models. */
  problem?: { code: string; message: string; nextStep?: string };
  /** The shapes that the rest is about, one for each input: free axes other than that of the examples have an assumed length. */
  shapes: number[][];
  layers: LayerDescription[];
  /** By operator type, the most frequent first. */
  operators: OperatorCount[];
  gradient: GradientCoverage;
  memory: MemoryEstimate;
}

export interface PortDescription {
  name: string;
  dtype: string;
  shape: number[];
  /** Why an output cannot be attributed, and what to do; undefined for most. */
  problem?: string;
}

/** A layer that can be named where a layer is asked for. */
export interface LayerDescription {
  name: string;
  /** Its operator or class. */
  op: string;
  shape: number[];
}

export interface OperatorCount {
  type: string;
  count: number;
  /** `yes`, `zero` almost everywhere (comparisons, rounding, integers), or `no`. */
  derivative: 'yes' | 'zero' | 'no';
  /** DeepLift: a rule of its own, or the gradient. */
  deepLift: 'rule' | 'gradient' | 'no';
  /** LRP: whether it has a default rule. */
  lrp: boolean;
}

export interface GradientCoverage {
  /** The output that gradients are taken of: the first float32 one. */
  output?: string;
  /** For each input, whether gradient methods take it, and if not, why. */
  inputs: { name: string; differentiable: boolean; reason?: string }[];
  /** Why LRP cannot be used with its default rules; undefined where it can. */
  lrp?: string;
  /** Why DeepLift cannot be used; undefined where it can. */
  deepLift?: string;
}

/** Bytes. */
export interface MemoryEstimate {
  weights: number;
  /** What must exist at the same time while one example runs, weights left out. */
  forwardPerExample: number;
  /** The same with the gradient of the first differentiable input; undefined where none is. */
  gradientPerExample?: number;
}

/** An algorithm that another extension registered. */
export interface AlgorithmFile {
  /** The name of the class. */
  name: string;
  description: string;
  /** The module that returns the class. */
  file: string;
}

export interface AttributeImageParams {
  /** The image file: PNG or JPEG. */
  path: string;
  /** The folder of the classifier: holds `model.json` beside the model file. */
  modelFolder: string;
  method?: string;
  options?: Record<string, string | number | boolean>;
  /** Class index; the top class when left out. */
  target?: number;
}

export interface AttributeTextParams {
  text: string;
  /** VS Code's language id of the text; the detected language when left out or unknown to the detector. */
  languageId?: string;
  method?: string;
  options?: Record<string, string | number | boolean>;
}

export interface TextAttributionResult {
  bundle: AttributionBundle;
  /** Start and end offset of each token of the text view, in UTF-16 units of the given text. */
  ranges: [number, number][];
}

/** What the pickers of Attribute Selection offer. */
export interface AttributionChoices {
  /** The methods, the default first; those that do not fit say why. */
  methods: MethodChoice[];
  /** The layers that methods with `needs` can be given. */
  layers?: LayerChoice[];
  /**
   * The strongest classes of the first example, best first, at most five; empty when the output does not look like
   * classes. A class that was asked for, such as the language of a file, comes first.
   */
  predictions: TargetInfo[];
}

/** One component that was looked for. */
export interface ComponentStatus {
  name: string;
  version?: string;
  available: boolean;
  /** Why it is (not) available or (not) chosen, one sentence. */
  reason: string;
  chosen: boolean;
}

export interface EngineStatus {
  process: { pid: number; node: string; platform: string; residentBytes: number };
  /** Executors of graphs, in order of preference. */
  runtimes: ComponentStatus[];
  /** TensorFlow.js packages for running and tracing models, in order of preference. */
  tensorflow: ComponentStatus[];
}

/** From the extension host to a process. */
export interface HostToProcess<R> {
  request: { id: number; method: keyof R; params: unknown };
  cancel: { id: number };
}

/** From a process to the extension host. */
export interface ProcessToHost {
  /** Sent once, when the process can take requests. */
  ready: { pid: number };
  result: { id: number; result: unknown };
  error: { id: number; error: ErrorPayload };
  progress: { id: number; progress: JobProgress };
  /** Something to show at once while a request runs (kernel processes). */
  event: { id: number; event: unknown };
}
