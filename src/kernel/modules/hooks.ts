import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { LoadFnOutput, LoadHookContext, ResolveFnOutput, ResolveHookContext } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { toJavaScript } from './fileTypes';

/** What the hooks are told when they are registered. */
export interface HookData {
  /** The kernel's own file, from where the imports of cells seem to come. */
  kernelUrl: string;
  /** A file in the notebook's folder, from where they are to be resolved. */
  notebookUrl: string;
  /** Modules that are the kernel's own: specifier to URL. */
  redirects: Record<string, string>;
}

type Resolve = (specifier: string, context: ResolveHookContext) => Promise<ResolveFnOutput>;
type Load = (url: string, context: LoadHookContext) => Promise<LoadFnOutput>;

const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

let data: HookData;

export function initialize(given: HookData): void {
  data = given;
}

/** Resolves the imports of cells from the notebook's folder, and files without their ending as TypeScript does. */
export async function resolve(specifier: string, context: ResolveHookContext, next: Resolve): Promise<ResolveFnOutput> {
  if (Object.hasOwn(data.redirects, specifier)) return { url: data.redirects[specifier]!, format: 'commonjs', shortCircuit: true };
  const fromCell = context.parentURL === data.kernelUrl;
  const here = fromCell ? { ...context, parentURL: data.notebookUrl } : context;
  try {
    const found = await next(specifier, here);
    return fromCell ? { ...found, url: withModificationTime(found.url) } : found;
  } catch (error) {
    const url = isRelative(specifier) && here.parentURL ? withEnding(new URL(specifier, here.parentURL)) : undefined;
    if (!url) throw error;
    return { url: fromCell ? withModificationTime(url) : url, shortCircuit: true };
  }
}

/** Strips the types of TypeScript files, and lets JSON be imported without an attribute. */
export async function load(url: string, context: LoadHookContext, next: Load): Promise<LoadFnOutput> {
  if (!url.startsWith('file:')) return next(url, context);
  const path = fileURLToPath(url);
  const javascript = await toJavaScript(path, () => readFile(path, 'utf8'));
  if (javascript === undefined) return next(url, context);
  return { format: path.endsWith('.cts') ? 'commonjs' : 'module', source: javascript, shortCircuit: true };
}

/** A file that the user edits is loaded again when it changed. */
function withModificationTime(url: string): string {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return url;
  const modified = statSync(fileURLToPath(url), { throwIfNoEntry: false })?.mtimeMs;
  return modified ? `${url}${url.includes('?') ? '&' : '?'}modified=${modified}` : url;
}

/** `./helper` and `./helper.js` for `./helper.ts`. */
function withEnding(url: URL): string | undefined {
  const path = fileURLToPath(url);
  const candidates = [...ENDINGS.map((ending) => path + ending), ...(/\.[cm]?js$/.test(path) ? [path.replace(/js$/, 'ts')] : [])];
  const found = candidates.find((candidate) => existsSync(candidate));
  return found && pathToFileURL(found).href;
}

const isRelative = (specifier: string): boolean => /^\.{0,2}\//.test(specifier) || specifier.startsWith('file:');
