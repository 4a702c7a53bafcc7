import * as vscode from 'vscode';

/** Statistics as hovers show them. */
export interface Statistics {
  min?: number | null;
  max?: number | null;
  mean?: number | null;
  nanCount?: number;
  infinityCount?: number;
}

/** An empty hover whose links may run Attribute Selection. */
export function hoverText(): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: ['attributionLens.attributeSelection'] };
  return text;
}

/** A table of one row: names above, values below. */
export function factsTable(facts: readonly (readonly [string, string])[]): string {
  const row = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  return row(facts.map(([name]) => name)) + row(facts.map(() => '---')) + row(facts.map(([, value]) => value));
}

export function statisticsTable({ min, max, mean, nanCount, infinityCount = 0 }: Statistics): string {
  const facts: [string, string][] = [['min', format(min)], ['max', format(max)], ['mean', format(mean)], ['NaN', String(nanCount)]];
  if (infinityCount > 0) facts.push(['infinite', String(infinityCount)]);
  return factsTable(facts);
}

/** The link that attributes an expression of a cell. */
export function attributeLink(document: vscode.TextDocument, expression: string): string {
  const argument = encodeURIComponent(JSON.stringify([{ cell: document.uri.toString(), expression }]));
  return `\n[Attribute Selection](command:attributionLens.attributeSelection?${argument} "Attribute the output of a model to this tensor")\n`;
}

export function pictureOf({ png, width, height }: { png: Uint8Array; width: number; height: number }): string {
  return `\n![picture of the tensor](data:image/png;base64,${Buffer.from(png).toString('base64')}|width=${width},height=${height})\n`;
}

/** A number as hovers show it. */
export const format = (value: number | null | undefined): string => (value === null || value === undefined ? '-' : String(Number(value.toPrecision(5))));

/** Text of the user's, kept from being read as Markdown. */
export const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+\-.!|&]/g, '\\$&');
