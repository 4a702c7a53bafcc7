import { css } from 'lit';

/** The variables that the other elements inherit, in the names and colours of the workbench. */
export const themeVariables = css`
  :host {
    --lens-foreground: var(--vscode-foreground, #cccccc);
    --lens-muted: var(--vscode-descriptionForeground, #9d9d9d);
    --lens-line: var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border, rgb(128 128 128 / 35%))));
    --lens-button: var(--vscode-button-secondaryBackground, transparent);
    --lens-button-foreground: var(--vscode-button-secondaryForeground, var(--lens-foreground));
    --lens-button-hover: var(--vscode-button-secondaryHoverBackground, var(--lens-button));
    --lens-selected: var(--vscode-button-background, #0078d4);
    --lens-selected-foreground: var(--vscode-button-foreground, #ffffff);
    --lens-selected-outline: var(--vscode-contrastActiveBorder, transparent);
    --lens-focus: var(--vscode-focusBorder, #0078d4);
    --lens-link: var(--vscode-textLink-foreground, #4daafc);
    --lens-good: var(--vscode-charts-green, #89d185);
    --lens-fair: color-mix(in srgb, var(--vscode-charts-yellow, #cca700) 75%, var(--lens-foreground));
    --lens-bad: var(--vscode-charts-red, #f14c4c);
    --lens-first: var(--vscode-charts-yellow, #cca700);
    --lens-second: var(--vscode-charts-blue, #59a4f9);
    --lens-mono: var(--vscode-editor-font-family, monospace);
  }
  /* The light themes describe in the colour of the text itself. */
  :host-context(body.vscode-light) {
    --lens-muted: color-mix(in srgb, var(--vscode-descriptionForeground) 78%, var(--vscode-editor-background));
  }
`;

/** What every element starts from. */
export const baseStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  :host([hidden]) {
    display: none;
  }
  * {
    box-sizing: border-box;
  }
  .muted {
    color: var(--lens-muted);
  }
  .num {
    font-variant-numeric: tabular-nums;
  }
  button {
    font: inherit;
    color: var(--lens-button-foreground);
    background: var(--lens-button);
    border: 1px solid var(--vscode-button-border, var(--lens-line));
    border-radius: 3px;
    padding: 2px 10px;
    line-height: 18px;
    cursor: pointer;
  }
  button:hover:enabled {
    background: var(--lens-button-hover);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.link {
    background: none;
    border-color: transparent;
    padding: 2px 4px;
    color: var(--lens-link);
  }
  button.link:hover:enabled {
    text-decoration: underline;
  }
  :focus-visible {
    outline: 1px solid var(--lens-focus);
    outline-offset: 1px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
