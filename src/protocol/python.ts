import type { AttributionChoices } from './engine';
import type { LayerChoice } from './renderer';

/** What is asked of a Python kernel beside its cells: by a file of media/python-editor. What it cannot tell is null. */
export interface PythonRequests {
  /** Makes the package attribution_lens importable in the kernel, and tells it where the engine listens. */
  connect: { params: { folder: string; endpoint: string }; result: PythonKernelFacts };
  /** What a variable holds; of variables of functions and of what only running code would tell, nothing. */
  hover: { params: { path: (string | number)[]; code: string; line: number }; result: PythonValue | null };
  /** What can be attributed: an expression, or what is selected in a cell. Runs the model once. */
  choices: {
    params: { expression: string } | { code: string; start: [number, number]; end: [number, number] };
    result: PythonChoices | null;
  };
}

export interface PythonKernelFacts {
  python: string;
  host: string;
  /** The version of the PyTorch that was imported. */
  torch: string | null;
  /** Why the engine cannot be reached: `elsewhere` when the kernel has other files than this machine. */
  problem: string | null;
}

/** An array, a table, a model, or arrays in a list or dict. */
export interface PythonValue {
  /** The name of the class. */
  type: string;
  array?: PythonArray;
  model?: PythonModel;
  /** Of layers of Keras, whether they are models, which can be attributed. */
  isModel?: boolean;
  estimator?: PythonEstimator;
  table?: PythonTable;
  items?: { key: string; type: string; shape: number[]; dtype: string; device: string }[];
  /** How many items there are in all. */
  length?: number;
}

export interface PythonArray {
  shape: number[];
  dtype: string;
  device: string;
  /** Whether the numbers are those of a sample of a large array. */
  sampled: boolean;
  /** Over the finite elements; null when there are none, absent when the elements are no real numbers. */
  min?: number | null;
  max?: number | null;
  mean?: number | null;
  nanCount?: number;
  infinityCount?: number;
  /** Rows and columns, with an axis of 3 or 4 colours first or last; base64 of little-endian float32. */
  picture?: { shape: number[]; values: string } | null;
}

export interface PythonModel {
  /** Null before a model of Keras is built. */
  parameters: number | null;
  trainable: number | null;
  dtype: string | null;
  device: string | null;
  mode: 'training' | 'evaluation' | null;
  /** The first of its direct parts. */
  layers: { name: string; type: string; parameters: number | null }[];
  layerCount: number;
}

/** An estimator of scikit-learn. */
export interface PythonEstimator {
  isFitted: boolean;
  /** How many features it was fitted on. */
  features: number | null;
  classes: string[] | null;
  steps: { name: string; type: string }[];
}

/** A DataFrame of pandas: its first columns, with statistics of those that hold numbers. */
export interface PythonTable {
  rows: number;
  columnCount: number;
  /** Whether only some of the rows were looked at. */
  sampled: boolean;
  columns: { name: string; dtype: string; min?: number | null; max?: number | null; mean?: number | null; nanCount: number }[];
}

/** A variable that can be chosen. */
export interface PythonVariable {
  variable: string;
  description: string;
}

/** An argument of the call of a model. */
export interface PythonArgument {
  keyword: string | null;
  /** What the signature of the model calls it, where it tells. */
  parameter: string | null;
  /** How its value is written. */
  text: string;
  /** Whether it is attributed, an array that goes with those, or anything else. */
  role: 'input' | 'tensor' | 'constant';
}

/** The call of a model that takes more than arrays by position, or returns more than scores: attributed by a function around it. */
export interface PythonWrapped {
  /** A name for the function that nothing has. */
  name: string;
  /** All arguments, as they are written in the call. */
  arguments: PythonArgument[];
  /** How the scores are written behind the call: `.logits`, `[0]`. */
  scores: string;
}

/** A layer, with the index of the neuron that is most active for the first example. */
export interface PythonLayer extends LayerChoice {
  mostActive: number[];
}

export interface PythonChoices extends Partial<Pick<AttributionChoices, 'predictions'>> {
  layers?: PythonLayer[];
  /** Why nothing can be attributed. */
  problem?: string;
  kind?: 'call' | 'model' | 'tensor';
  /** How the model is written: `model`, `self.net`. */
  model?: string;
  framework?: 'torch' | 'keras' | 'function';
  /** How the attributed arguments are written, and their shapes. */
  inputs?: string[];
  shapes?: number[][];
  /** Whether there are gradients with respect to the inputs. */
  floating?: boolean;
  /** How the other arguments are written: of a wrapped call, those that are arrays. */
  arguments?: string[];
  wrapped?: PythonWrapped;
  /** How the inputs are written in the call where Keras takes them together: `[a, b]`. */
  called?: string;
  /** What makes the output an array that NumPy indexes: `.numpy()` of a tensor of TensorFlow. */
  asNumpy?: string;
  /** Why there are no gradients of the model. */
  noGradients?: string;
  variables?: { models: PythonVariable[]; inputs: PythonVariable[] };
}
