/**
 * Registers a custom element unless its name is taken, as it is when this module is loaded a second time into one page
 * (a second renderer instance, an update of the extension): the first copy then serves both.
 */
export function define(name: `lens-${string}`, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
