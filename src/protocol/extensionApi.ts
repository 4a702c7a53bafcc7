// What other extensions get from `vscode.extensions.getExtension('attribution-lens.attribution-lens')?.activate()`.
// This file imports nothing: copy it to have the types.

/** The API of Attribution Lens for other extensions. */
export interface AttributionLensApi {
  /** Grows when something changes so that callers have to. */
  readonly apiVersion: 1;
  /**
   * Offers an algorithm wherever methods are chosen, in the engine of the window and in notebook kernels, until what it
   * returns is disposed. The module is loaded when the engine is first asked for something, in trusted workspaces only;
   * a module that fails to load is listed with the reason.
   *
   * @throws Error when the name is taken, or is no name of a class, or the module is no file.
   */
  registerAlgorithm(algorithm: AlgorithmRegistration): { dispose(): void };
}

export interface AlgorithmRegistration {
  /** The name of the class: `GradientTimesInput`. */
  readonly name: string;
  /** What the algorithm is for, one sentence. */
  readonly description: string;
  /**
   * A JavaScript module (`.js`, `.cjs` or `.mjs`) that the engine process imports; a `vscode.Uri` of a file. What it
   * exports (`module.exports`, or `export default`) is a function that gets the attribution API that notebook cells have in
   * scope and returns the class:
   *
   * ```js
   * module.exports = ({ Attribution, Saliency }) => class GradientTimesInput extends Attribution {
   *   async attribute(inputs, { target }) {
   *     const gradients = await new Saliency(this.model).attribute(inputs, { target, abs: false });
   *     return gradients.mul(inputs);
   *   }
   * };
   * ```
   */
  readonly module: { readonly scheme: string; readonly fsPath: string };
}
