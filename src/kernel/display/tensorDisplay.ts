import type { DisplayItem, TensorStatistics } from '../../protocol/kernel';
import { formatNumber, formatValues } from './formatValues';
import { escapeHtml, htmlHeading, htmlTable } from './html';
import { numbersOf, statistics } from './statistics';
import type { TensorView } from './tensorView';
import { isImageLike } from './thumbnail';

/** A tensor as the value of a cell: shape, type, statistics, the values at its edges, a picture where it looks like one. */
export function displayTensor(view: TensorView): DisplayItem[] {
  const { type, shape, dtype } = view;
  const heading = `${dtype} [${shape.join(', ')}]`;
  if (view.disposed) return both(`${type} ${heading}, disposed`, htmlHeading(type, `${heading}, disposed`));
  const numbers = numbersOf(view);
  const values = formatValues(shape, numbers ?? view.read());
  if (!numbers) return both(`${type} ${heading}\n${values}`, `${htmlHeading(type, heading)}<pre>${escapeHtml(values)}</pre>`);
  const found = statistics(view, numbers);
  const facts = factsOf(found);
  const picture = found.thumbnail && isImageLike(shape)
    ? `<img alt="${escapeHtml(`${type} ${heading} as a picture`)}" width="${found.thumbnail.width}" height="${found.thumbnail.height}" src="data:image/png;base64,${Buffer.from(found.thumbnail.png).toString('base64')}">`
    : '';
  return both(
    `${type} ${heading}\n${facts.map((fact) => fact.join(' ')).join('  ')}\n${values}`,
    `${htmlHeading(type, heading)}${htmlTable(facts.map(([name]) => name), [facts.map(([, value]) => value)])}${picture}<pre>${escapeHtml(values)}</pre>`,
  );
}

/** What is worth saying about the elements: the counts only where they are not 0. */
export function factsOf({ min, max, mean, nanCount, infinityCount }: TensorStatistics): [name: string, value: string][] {
  const facts: [string, string][] = [['min', formatNumber(min)], ['max', formatNumber(max)], ['mean', formatNumber(mean)]];
  if (nanCount > 0) facts.push(['NaN', String(nanCount)]);
  if (infinityCount > 0) facts.push(['infinite', String(infinityCount)]);
  return facts;
}

const both = (text: string, html: string): DisplayItem[] => [{ mime: 'text/html', text: html }, { mime: 'text/plain', text }];
