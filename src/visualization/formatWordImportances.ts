import type { TextRecord } from '../protocol/output';

/** The colour behind a word by Captum's rule: from white to green for positive attributions, to red for negative ones, clipped to ±1. */
export function wordColor(attribution: number): string {
  const clipped = Math.max(-1, Math.min(1, attribution));
  const [hue, lightness] = clipped > 0 ? [120, 100 - Math.trunc(50 * clipped)] : [0, 100 - Math.trunc(-40 * clipped)];
  return `hsl(${hue}, 75%, ${lightness}%)`;
}

/**
 * A table cell with the words of a text on the colours of their attributions: Captum's `format_word_importances`, byte
 * for byte, except that words with characters of HTML are escaped. Words without an attribution are left out.
 */
export function formatWordImportances(words: readonly string[], importances: readonly number[]): string {
  const marks = words.slice(0, importances.length).map(
    (word, index) =>
      `<mark style="background-color: ${wordColor(importances[index])}; opacity:1.0; \
                    line-height:1.75"><font color="black"> ${escaped(specialToken(word))} \
                   </font></mark>`,
  );
  return `<td>${marks.join('')}</td>`;
}

/** The table of Captum's `visualize_text`: a row for each record, with its classes, score and coloured words. */
export function formatRecords(records: readonly TextRecord[], legend: boolean): string {
  const rows = records.map(({ tokens, attributions, trueClass, predClass, predProb, attrClass, attrScore }) =>
    [
      '<tr>',
      classCell(trueClass),
      classCell(predProb === undefined ? predClass : `${predClass ?? ''} (${predProb.toFixed(2)})`),
      classCell(attrClass),
      classCell(attrScore?.toFixed(2)),
      formatWordImportances(tokens, attributions),
      '<tr>',
    ].join(''),
  );
  return [
    '<table width: 100%>',
    legend ? LEGEND : '',
    '<tr><th>True Label</th><th>Predicted Label</th><th>Attribution Label</th><th>Attribution Score</th><th>Word Importance</th>',
    ...rows,
    '</table>',
  ].join('');
}

const LEGEND = `<div style="border-top: 1px solid; margin-top: 5px; padding-top: 5px; display: inline-block"><b>Legend: </b>${[
  ['Negative', -1],
  ['Neutral', 0],
  ['Positive', 1],
]
  .map(([label, value]) => `<span style="display: inline-block; width: 10px; height: 10px; border: 1px solid; background-color: ${wordColor(Number(value))}"></span> ${label}  `)
  .join('')}</div>`;

const classCell = (text = ''): string => `<td><text style="padding-right:2em"><b>${escaped(text)}</b></text></td>`;

/** `<pad>` is shown as `#pad`. */
const specialToken = (token: string): string => (token.startsWith('<') && token.endsWith('>') ? `#${token.replace(/^[<>]+|[<>]+$/g, '')}` : token);

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
