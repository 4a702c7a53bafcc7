// VS Code Elements warns on the console when a page defines its elements twice, which every second renderer of a page does.
Object.assign(window, { __vscodeElements_disableRegistryWarning__: true });
