/** Text that is safe inside HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table in the colours and fonts of the notebook. */
export function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, texts: readonly string[]) => texts.map((text) => `<${tag} style="text-align:left;padding:1px 12px 1px 0">${escapeHtml(text)}</${tag}>`).join('');
  return `<table style="border-collapse:collapse"><thead><tr>${cells('th', header)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table>`;
}

/** A heading line: a name in bold and what follows. */
export const htmlHeading = (name: string, rest: string): string => `<div><b>${escapeHtml(name)}</b> ${escapeHtml(rest)}</div>`;
