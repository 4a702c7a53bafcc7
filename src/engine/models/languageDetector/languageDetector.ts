import { createRequire } from 'node:module';
import path from 'node:path';
import { LensError } from '../../../protocol/errors';
import type { Runtime } from '../../runtime/runtime';
import { float32, type Tensor } from '../../tensor';
import type { Model } from '../model';
import { bigramsOf, type Bigrams } from './bigrams';
import { DetectorModel, LOGITS, PRESENCE } from './detectorModel';
import { canonicalId, languageOf, type DetectedLanguage } from './languages';
import { textTokens, tokenSums, type TextToken } from './textTokens';
import { readDetectorWeights, type DetectorWeights } from './weights';

/** A language and how probable the detector finds it. */
export interface LanguagePrediction extends DetectedLanguage {
  /** The index of its logit. */
  readonly index: number;
  readonly probability: number;
}

/** A text as the detector sees it, ready to be attributed. */
export interface EncodedText {
  /** From which bigrams are there, to the 54 logits. */
  readonly model: Model;
  /** Ones, [1, number of bigrams]: all of the text is there. The baseline that stands for no text is zeros. */
  readonly input: Tensor<'float32'>;
  /** Whether the text is longer than what the detector reads (10,000 bigrams of bytes). */
  readonly truncated: boolean;
}

/** VS Code's own language detection (`@vscode/vscode-languagedetection`) as plain operators. */
export interface LanguageDetector {
  /** By index of the logits. */
  readonly languages: readonly DetectedLanguage[];
  /** The index of the logit of one of VS Code's language ids; undefined when the detector does not know the language. */
  indexOf(languageId: string): number | undefined;
  /**
   * All languages, the most probable first. Equals the package's probabilities, which it gives from 20 characters on.
   * Throws `invalid-argument` like {@link encode}.
   */
  predict(text: string, runtime: Runtime): Promise<LanguagePrediction[]>;
  /** The detector for this text. Throws `invalid-argument` for a text of less than two bytes, in which it sees nothing. */
  encode(text: string): EncodedText;
  /** The pieces of a text, which cover all of it. */
  tokens(text: string): TextToken[];
  /**
   * One attribution for each of {@link tokens} from one for each bigram (the attribution of {@link EncodedText.input}):
   * half of it goes to each byte of the bigram, and the bytes of a token are summed. The sums are equal.
   */
  tokenAttributions(text: string, perBigram: ArrayLike<number>): number[];
}

/**
 * Loads the detector. `modelFolder` is the `model` folder of `@vscode/vscode-languagedetection`; default: that of the
 * package beside this one. Throws `not-found` or `invalid-model`.
 */
export async function loadLanguageDetector(modelFolder = packagedFolder()): Promise<LanguageDetector> {
  return new Detector(await readDetectorWeights(modelFolder));
}

function packagedFolder(): string {
  try {
    return path.join(path.dirname(createRequire(__filename).resolve('@vscode/vscode-languagedetection/package.json')), 'model');
  } catch {
    throw new LensError('not-found', "Language detector: the package '@vscode/vscode-languagedetection' is missing", 'Reinstall the extension.');
  }
}

class Detector implements LanguageDetector {
  readonly languages: readonly DetectedLanguage[];

  constructor(private readonly weights: DetectorWeights) {
    this.languages = weights.labels.map(languageOf);
  }

  indexOf(languageId: string): number | undefined {
    const id = canonicalId(languageId);
    const index = this.languages.findIndex((language) => language.languageId === id);
    return index < 0 ? undefined : index;
  }

  async predict(text: string, runtime: Runtime): Promise<LanguagePrediction[]> {
    const { model, input } = this.encode(text);
    const executable = await runtime.compile(await model.graph([input]));
    try {
      const { [LOGITS]: logits } = await executable.run({ [PRESENCE]: input });
      const probabilities = softmax(Array.from(logits.data as Float32Array));
      return this.languages.map((language, index) => ({ ...language, index, probability: probabilities[index] })).sort((left, right) => right.probability - left.probability);
    } finally {
      await executable.dispose();
    }
  }

  encode(text: string): EncodedText {
    const { buckets, truncated } = read(text);
    const input = float32(new Float32Array(buckets.length).fill(1), [1, buckets.length]);
    return { model: new DetectorModel(this.weights, buckets, this.languages.map(({ name }) => name)), input, truncated };
  }

  tokens(text: string): TextToken[] {
    return textTokens(text);
  }

  tokenAttributions(text: string, perBigram: ArrayLike<number>): number[] {
    const { buckets, offsets } = read(text);
    if (perBigram.length !== buckets.length) throw new LensError('shape-mismatch', `Language detector: the text has ${buckets.length} bigrams, got ${perBigram.length} attributions`);
    return tokenSums(textTokens(text), offsets, perBigram);
  }
}

function read(text: string): Bigrams {
  const bigrams = bigramsOf(text);
  if (bigrams.buckets.length > 0) return bigrams;
  const got = text === '' ? 'no text' : `'${text}'`;
  throw new LensError('invalid-argument', `Language detector: it looks at pairs of bytes and needs two or more, got ${got}`, 'Select more text.');
}

function softmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
