import { stripTypes } from '../cell/typescript';

/** The JavaScript module that a file stands for, where Node cannot load it as it is: TypeScript and JSON. */
export async function toJavaScript(path: string, read: () => Promise<string>): Promise<string | undefined> {
  if (/\.[cm]?ts$/.test(path)) return stripTypes(await read()).code;
  // __proto__ must stay a key, so the text is parsed and not pasted.
  if (path.endsWith('.json')) return `export default JSON.parse(${JSON.stringify(await read())});`;
  return undefined;
}
