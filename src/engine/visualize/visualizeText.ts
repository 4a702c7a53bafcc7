import { LensError } from '../../protocol/errors';
import type { TextRecord } from '../../protocol/output';
import { formatRecords } from '../../visualization/formatWordImportances';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { Figure, type FigureContent } from '../presentation/figure';
import { toNumbers } from '../tensor';

/** An attributed text with what is known of it, as Captum's class of this name. */
export interface VisualizationDataRecord {
  /** One number for each token. They are drawn as they are, on one scale for all records: divide by their norm to compare texts. */
  wordAttributions: TensorLike;
  /** The tokens of the text. */
  rawInput: readonly string[];
  predProb?: number;
  predClass?: string | number;
  trueClass?: string | number;
  /** The class that is attributed. */
  attrClass?: string | number;
  /** Usually the sum of the attributions. */
  attrScore?: number;
  convergenceScore?: number;
}

/** A figure of texts. */
export class TextFigure extends Figure {
  /** The table that Captum's `visualize_text` makes, in its colours: for pages outside the notebook. */
  readonly html: string;

  constructor(content: FigureContent, html: string) {
    super(content);
    this.html = html;
  }
}

/**
 * Draws attributed texts below each other, with their true and predicted class, the attributed class and its score, as
 * Captum's `visualize_text`.
 *
 * ```ts
 * await visualizeText([{ wordAttributions: [0.1, -0.4, 0.9], rawInput: ['the', 'movie', 'was'], predProb: 0.93, predClass: 'pos', trueClass: 'pos', attrClass: 'pos', attrScore: 0.6 }])
 * ```
 *
 * @throws LensError `invalid-argument` that names the record.
 */
export async function visualizeText(dataRecords: readonly VisualizationDataRecord[], { legend = true }: { legend?: boolean } = {}): Promise<TextFigure> {
  if (!Array.isArray(dataRecords) || dataRecords.length === 0) throw new LensError('invalid-argument', 'visualizeText: a list of at least one record is needed');
  const records = await Promise.all(dataRecords.map(readRecord));
  const content: FigureContent = {
    name: 'visualizeText',
    title: 'Word importance',
    summary: `Word importance of ${records.length} ${records.length === 1 ? 'text' : 'texts'}: ${records.map(({ tokens, attrScore }) => `${tokens.slice(0, 6).join(' ')}${tokens.length > 6 ? ' ...' : ''}${attrScore === undefined ? '' : ` (${attrScore.toFixed(2)})`}`).slice(0, 4).join('; ')}.`,
    views: [{ kind: 'records', name: 'texts', records, legend }],
  };
  return new TextFigure(content, formatRecords(records, legend));
}

async function readRecord(record: VisualizationDataRecord, index: number): Promise<TextRecord> {
  const subject = `visualizeText: record ${index}`;
  if (typeof record !== 'object' || record === null || !Array.isArray(record.rawInput)) throw new LensError('invalid-argument', `${subject} must have wordAttributions and rawInput, a list of tokens`);
  const attributions = toNumbers((await toTensor(record.wordAttributions, `${subject}: wordAttributions`)).tensor);
  if (attributions.length !== record.rawInput.length) throw new LensError('invalid-argument', `${subject} must have one attribution for each of its ${record.rawInput.length} tokens, got ${attributions.length}`);
  const { predProb, predClass, trueClass, attrClass, attrScore, convergenceScore } = record;
  const name = (value: string | number | undefined): string | undefined => (value === undefined ? undefined : String(value));
  return { tokens: record.rawInput.map(String), attributions, trueClass: name(trueClass), predClass: name(predClass), predProb, attrClass: name(attrClass), attrScore, convergenceScore };
}
