import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { image } from './image';
import { indexing } from './indexing';
import type { Converter } from './kernel';
import { layout } from './layout';
import { linear } from './linear';
import { normalization } from './normalization';
import { pooling } from './pooling';
import { reductions } from './reduction';

const converters = new Map<string, Converter<never>>(
  [convolution, elementwise, image, indexing, layout, linear, normalization, pooling, reductions].flatMap((table) => Object.entries(table)),
);

/** The converter of a TensorFlow.js kernel. */
export const converterOf = (kernel: string): Converter<never> | undefined => converters.get(kernel);

/** The names of all kernels that can be traced. */
export const convertedKernels = (): string[] => [...converters.keys()];
