import type { AttributionChoices, EngineRequests } from './engine';
import type { AttributionBundle, BaselineChoice } from './output';

/** What the notebook controller asks of a kernel process: everything an engine does, and running cells. */
export interface KernelRequests extends EngineRequests {
  /** Runs a cell; {@link CellEvent}s arrive while it runs. The result says how it ended. */
  execute: { params: ExecuteParams; result: ExecuteResult };
  /** Completions at an offset of a cell's code from the live session. */
  complete: { params: { code: string; offset: number }; result: CompletionItem[] };
  /** What the expression under the cursor is, when it can be read without side effects. */
  inspect: { params: { code: string; offset: number }; result: InspectResult | null };
  /** The models in scope, for the picker of Attribute Selection. */
  modelsInScope: { params: Record<string, never>; result: ModelInScope[] };
  /**
   * What can be chosen before {@link KernelRequests.attributeExpression} runs. The expression of a model call is taken
   * apart, not run; throws like attributeExpression when it is neither a model call nor a tensor.
   */
  expressionChoices: { params: { expression: string; model?: string }; result: ExpressionChoices };
  /** Attributes an expression of the session: a model call `model.predict(x)`, or a tensor with the model chosen. */
  attributeExpression: { params: AttributeExpressionParams; result: AttributionBundle };
}

export interface ExecuteParams {
  code: string;
  language: 'typescript' | 'javascript';
  /** Shown in stack traces: `Cell 3`. */
  cellName: string;
  /** How many interrupts this process was sent before: those are for other cells, and all further ones for this cell. */
  interrupts: number;
}

export interface ExecuteResult {
  ok: boolean;
}

/** What a running cell produces, in order. */
export type CellEvent =
  | { kind: 'stdout' | 'stderr'; text: string }
  | { kind: 'attribution'; bundle: AttributionBundle }
  | { kind: 'display'; items: DisplayItem[] }
  | { kind: 'error'; name: string; message: string; stack: string };

/** One representation of a displayed value; text or bytes by MIME type. */
export interface DisplayItem {
  mime: string;
  text?: string;
  bytes?: Uint8Array;
}

export interface CompletionItem {
  label: string;
  kind: 'variable' | 'function' | 'class' | 'property' | 'method' | 'keyword' | 'module' | 'value';
  detail?: string;
  documentation?: string;
  /** Offsets of the code to replace. */
  replace: [number, number];
}

/** What a hover shows. */
export interface InspectResult {
  expression: string;
  /** Offsets of the expression in the code. */
  range: [number, number];
  /** `Tensor`, `LayersModel`, `number`. */
  type: string;
  tensor?: TensorStatistics;
  model?: { name: string; inputs: string[]; outputs: string[] };
  /** For other values, a short text. */
  preview?: string;
}

export interface TensorStatistics {
  shape: number[];
  dtype: string;
  /** The tensor's memory was given back; nothing else is known of it. */
  disposed?: boolean;
  /** Over the finite elements; null when there are none. */
  min: number | null;
  max: number | null;
  mean: number | null;
  nanCount: number;
  infinityCount: number;
  /** PNG of the tensor as an image (H x W, H x W x C, C x H x W, first example of a batch) or as a strip, with its size. */
  thumbnail?: { png: Uint8Array; width: number; height: number };
}

export interface ModelInScope {
  /** The variable's name. */
  variable: string;
  /** `LayersModel, [N, 28, 28, 1] -> [N, 10]` */
  description: string;
}

export interface ExpressionChoices extends AttributionChoices {
  /** A call says its model; for a tensor the model has to be chosen, and without one there are no predictions. */
  kind: 'call' | 'tensor';
}

export interface AttributeExpressionParams {
  /** The selected code: a model call or a tensor. */
  expression: string;
  /** The variable of the model, when the expression is a tensor. */
  model?: string;
  method?: string;
  options?: Record<string, string | number | boolean>;
  baseline?: BaselineChoice;
  /** Index into the output's non-batch axes; the top class when left out. */
  target?: number[];
}
