import type { AttributeTextParams, AttributionChoices, TextAttributionResult } from '../../protocol/engine';
import { loadLanguageDetector, type LanguageDetector } from '../models/languageDetector/languageDetector';
import { withHints } from '../presentation/hints';
import { attributeInputs, choicesOf } from './attribute';
import { display } from './outputs';

let loading: Promise<LanguageDetector> | undefined;

/** The language detector of this process. */
export function languageDetector(): Promise<LanguageDetector> {
  loading ??= loadLanguageDetector().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** A text as a model of the detector and its input, which knows the tokens. */
export function encodeText(detector: LanguageDetector, text: string): ReturnType<LanguageDetector['encode']> {
  const { input, ...encoded } = detector.encode(text);
  const texts = detector.tokens(text).map((token) => token.text);
  const tokens = { texts, attributionsOf: (perBigram: Float32Array) => detector.tokenAttributions(text, perBigram) };
  return { ...encoded, input: withHints(input, { name: 'text', tokens }) };
}

/** Attributes a text's language (the detected one, unless the detector knows the given one) to its tokens. */
export async function attributeText({ text, languageId, method, options }: AttributeTextParams): Promise<TextAttributionResult> {
  const detector = await languageDetector();
  const { model, input } = encodeText(detector, text);
  const index = languageId === undefined ? undefined : indexByName(detector, languageId);
  const explanation = await attributeInputs(model, input, { method, options, target: index === undefined ? undefined : [index] });
  return { bundle: display(explanation), ranges: detector.tokens(text).map(({ range }) => [...range]) };
}

/** The methods, and the languages that a text looks most like; the given one, if the detector knows it, comes first. */
export async function textChoices({ text, languageId }: Pick<AttributeTextParams, 'text' | 'languageId'>): Promise<AttributionChoices> {
  const detector = await languageDetector();
  const { model, input } = encodeText(detector, text);
  return choicesOf(model, input, languageId === undefined ? undefined : indexByName(detector, languageId));
}

/** The index of a language by VS Code's id or by the name that people see. */
export function indexByName(detector: LanguageDetector, language: string): number | undefined {
  const named = detector.languages.findIndex(({ name }) => name === language);
  return detector.indexOf(language) ?? (named < 0 ? undefined : named);
}
