/** The look of the page of Inspect Model, in the colours of the theme. */
export const STYLE = `
body { padding: 16px 24px 48px; color: var(--vscode-foreground); font: var(--vscode-font-size) / 1.5 var(--vscode-font-family); }
main { max-width: 1080px; margin: 0 auto; }
h1 { margin: 0; font-size: 1.7em; font-weight: 500; overflow-wrap: anywhere; }
h2 { margin: 28px 0 8px; font-size: 1.15em; font-weight: 600; }
p { margin: 2px 0; }
.quiet { color: var(--vscode-descriptionForeground); }
code, .name { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); color: var(--vscode-foreground); overflow-wrap: anywhere; }
code { padding: 0; background: none; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 4px 32px; margin-top: 18px; padding: 12px 16px; border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder)); border-radius: 4px; }
.facts dt { margin-top: 8px; color: var(--vscode-descriptionForeground); }
.facts dl { margin: 0 0 8px; }
.facts dd { margin: 0; }
ul { margin: 0; padding: 0; list-style: none; }
li { display: flex; gap: 8px; padding: 2px 0; }
.mark { flex: none; width: 1.2em; text-align: center; font-weight: 700; }
.yes .mark { color: var(--vscode-testing-iconPassed, var(--vscode-charts-green)); }
.no .mark { color: var(--vscode-testing-iconFailed, var(--vscode-errorForeground)); }
.problem { margin-top: 18px; padding: 10px 14px; border: 1px solid var(--vscode-inputValidation-errorBorder); background: var(--vscode-inputValidation-errorBackground); color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground)); border-radius: 4px; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; color: var(--vscode-descriptionForeground); }
th, td { padding: 3px 12px 3px 4px; border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder)); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tbody tr:hover { background: var(--vscode-list-hoverBackground); }
td.copy { width: 4.5em; padding: 0; text-align: right; }
button { border: 1px solid var(--vscode-button-border, transparent); border-radius: 2px; padding: 1px 8px; background: var(--vscode-button-secondaryBackground); color: var(--vscode-button-secondaryForeground); font: inherit; cursor: pointer; opacity: 0; }
button.primary { margin-top: 14px; padding: 4px 12px; background: var(--vscode-button-background); color: var(--vscode-button-foreground); opacity: 1; }
button.primary:hover { background: var(--vscode-button-hoverBackground); }
button:not(.primary):hover { background: var(--vscode-button-secondaryHoverBackground); }
tr:hover button, button:focus-visible, .vscode-high-contrast button, .vscode-high-contrast-light button { opacity: 1; }
@media (max-width: 480px) { body { padding: 12px 12px 48px; } th, td { padding-right: 6px; } }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
.filter { display: flex; align-items: baseline; gap: 12px; margin-bottom: 8px; }
input { flex: 0 1 360px; padding: 4px 8px; border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent)); border-radius: 2px; background: var(--vscode-input-background); color: var(--vscode-input-foreground); font: inherit; }
input::placeholder { color: var(--vscode-input-placeholderForeground); }
.said { position: fixed; right: 24px; bottom: 16px; padding: 4px 12px; border-radius: 4px; background: var(--vscode-editorWidget-background); color: var(--vscode-editorWidget-foreground); border: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder)); }
.said:empty { display: none; }
`;
