// The test-only Jupyter extension: real IPython kernels behind the public API of the Jupyter extension.
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './paths.mjs';

/** The folder of the extension, to be loaded beside ours where {@link findPython} finds a Python. */
export const jupyterExtension = path.join(root, 'test/host/jupyter');

/** A Python that can start kernels and has PyTorch; undefined where there is none. */
export const { findPython } = createRequire(import.meta.url)('./jupyter/kernelProcess.cjs');

/** Its kernel, for `notebook.selectKernel`. */
export const KERNEL = { id: 'python3', extension: 'ms-toolsai.jupyter' };
