import Module, { createRequire, isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LensError } from '../../protocol/errors';
import type { ImportBinding, ImportRequest } from '../cell/moduleSyntax';
import { loadTensorflow, tensorflowFiles } from '../session/tensorflow';
import type { HookData } from './hooks';


/** Imports modules for cells as a module in the notebook's folder would: packages, files in TypeScript too, Node's own. */
export class ModuleLoader {
  readonly require: NodeJS.Require;
  /** What `import.meta` is in a cell. */
  readonly meta: { url: string; dirname: string; filename: string; resolve(specifier: string): string };
  private readonly notebookFile: string;
  private registered: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    /** The bundled {@link file://./hooks.ts}. */
    private readonly hooksFile: string,
  ) {
    this.notebookFile = join(folder, 'notebook.js');
    this.require = createRequire(this.notebookFile);
    const url = pathToFileURL(this.notebookFile).href;
    const resolve = (specifier: string) => (/^[./]/.test(specifier) ? new URL(specifier, url).href : pathToFileURL(this.require.resolve(specifier)).href);
    this.meta = { url, dirname: folder, filename: this.notebookFile, resolve };
  }

  /** Loads a module; its namespace. Throws `not-found` with what to install. */
  async import(specifier: string): Promise<object> {
    if (/^https?:/.test(specifier)) throw new LensError('invalid-argument', `Cannot import '${specifier}': modules come from files and installed packages`, 'Install the package with npm in the folder of the notebook.');
    if (!isBuiltin(specifier)) await (this.registered ??= this.register());
    try {
      return await import(specifier);
    } catch (error) {
      throw this.explained(error, specifier);
    }
  }

  /** Loads the module of an import declaration; the values by the name they bind. */
  async bind({ specifier, bindings }: ImportRequest): Promise<Map<string, unknown>> {
    const namespace = await this.import(specifier);
    return new Map(bindings.map((binding) => [binding.local, exported(namespace, binding, specifier)]));
  }

  /** Waits for TensorFlow.js: it has to be known where it is before a module that needs it is looked up. */
  private async register(): Promise<void> {
    await loadTensorflow();
    const data: HookData = {
      kernelUrl: pathToFileURL(__filename).href,
      notebookUrl: pathToFileURL(this.notebookFile).href,
      redirects: Object.fromEntries(Object.entries(tensorflowFiles()).map(([specifier, file]) => [specifier, pathToFileURL(file).href])),
    };
    Module.register(pathToFileURL(this.hooksFile).href, { data });
  }

  private explained(error: unknown, specifier: string): unknown {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes(basename(this.notebookFile))) return error;
    const where = `from the folder of the notebook, ${this.folder}`;
    if (/^[./]/.test(specifier)) return new LensError('not-found', `Cannot find the file '${specifier}' ${where}`);
    return new LensError('not-found', `Cannot find the package '${specifier}' ${where}`, `Install it there: npm install ${packageOf(specifier)}`);
  }
}

/** What a binding stands for; a CommonJS module's properties count as exports even where Node cannot see them. */
function exported(namespace: object, { imported }: ImportBinding, specifier: string): unknown {
  if (imported === '*') return namespace;
  if (Reflect.has(namespace, imported)) return Reflect.get(namespace, imported);
  const common: unknown = Reflect.get(namespace, 'default');
  const isObject = (typeof common === 'object' && common !== null) || typeof common === 'function';
  if (isObject && Reflect.has(common, imported)) return Reflect.get(common, imported);
  const hint = imported === 'default' ? `Import its names: import { ... } from '${specifier}'.` : 'If it is a type, write: import type { ... }.';
  throw new LensError('not-found', `The module '${specifier}' has no export named '${imported}'`, hint);
}

const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
