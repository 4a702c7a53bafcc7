/** The part of amaro that is used; the package carries no types. */
declare module 'amaro' {
  export function transformSync(
    source: string,
    options: { mode: 'strip-only' | 'transform'; sourceMap?: boolean; filename?: string },
  ): { code: string; map?: string };
}
