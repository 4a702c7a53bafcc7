import type { TargetInfo } from '../protocol/output';
import { Attribution } from './attribution/attribution';
import { byGradients } from './attribution/byGradients';
import { SkLearnLogisticRegression, SkLearnSGDClassifier } from './attribution/classifiers';
import { DataLoaderAttribution, InputRole } from './attribution/dataLoaderAttribution';
import { FeatureAblation, NeuronFeatureAblation } from './attribution/featureAblation';
import { FeaturePermutation } from './attribution/featurePermutation';
import { readInputs, type AttributionInputs } from './attribution/inputs';
import { InputXGradient } from './attribution/inputXGradient';
import { IntegratedGradients } from './attribution/integratedGradients';
import { SkLearnLasso, SkLearnLinearRegression, SkLearnRidge } from './attribution/interpretableModel';
import { KernelShap } from './attribution/kernelShap';
import { LayerFeatureAblation } from './attribution/layer/layerFeatureAblation';
import { LayerFeaturePermutation } from './attribution/layer/layerFeaturePermutation';
import { Lime } from './attribution/lime';
import { LimeBase } from './attribution/limeBase';
import { LLMAttribution } from './attribution/llm/llmAttribution';
import { LLMGradientAttribution } from './attribution/llm/llmGradientAttribution';
import { TextTemplateInput } from './attribution/llm/textTemplateInput';
import { TextTokenInput } from './attribution/llm/textTokenInput';
import { loadTokenizer } from './attribution/llm/tokenizer';
import { Occlusion } from './attribution/occlusion';
import { ProductBaselines } from './attribution/productBaselines';
import { explanationOf, inKind, type AttributionsOf } from './attribution/results';
import { examplesOf } from './attribution/rows';
import { Saliency } from './attribution/saliency';
import { SGDLasso, SGDLinearRegression, SGDRidge } from './attribution/sgdModels';
import { ShapleyValues } from './attribution/shapleyValues';
import { ShapleyValueSampling } from './attribution/shapleyValueSampling';
import { getExpKernelSimilarityFunction } from './attribution/similarity';
import { TokenReferenceBase } from './attribution/tokenReferenceBase';
import { loadImage } from './images/loadImage';
import { loadNpy } from './images/loadNpy';
import { superpixels } from './images/superpixels';
import { byExamples } from './influence/byExamples';
import { infidelity, infidelityPerturbFuncDecorator } from './metrics/infidelity';
import { sensitivityMax } from './metrics/sensitivityMax';
import { loadModel as loadEngineModel, type LoadOptions } from './models/loadModel';
import type { DescribedModel } from './models/modelFolder';
import { BinaryConcreteStochasticGates } from './module/binaryConcreteStochasticGates';
import { GaussianStochasticGates } from './module/gaussianStochasticGates';
import { withHints } from './presentation/hints';
import { evaluate, predictionsFor } from './requests/attribute';
import { encodeText, indexByName, languageDetector } from './requests/texts';
import { AttackComparator } from './robust/attackComparator';
import { FGSM } from './robust/fgsm';
import { MinParamPerturbation } from './robust/minParamPerturbation';
import { PGD } from './robust/pgd';
import { statistics } from './stats/statistics';
import { float32, type Tensor } from './tensor';
import { visualizeImageAttr, visualizeImageAttrMultiple } from './visualize/visualizeImageAttr';
import { visualizeText } from './visualize/visualizeText';
import { visualizeTimeseriesAttr } from './visualize/visualizeTimeseriesAttr';

/** A loaded model, which can be called like one of TensorFlow.js. */
export interface CallableModel extends DescribedModel {
  /** The model's first output for a batch of inputs, in the form of the inputs. */
  predict<T extends AttributionInputs>(inputs: T): Promise<AttributionsOf<T>>;
  /** The five strongest classes of each example, best first: index, label, score and, where it is known, probability. */
  classify(inputs: AttributionInputs): Promise<TargetInfo[][]>;
}

/**
 * Loads an ONNX file, a TensorFlow.js `model.json`, a folder with a model card, or a model that comes with the extension
 * (`efficientnet-lite0`). Relative paths start at the notebook's folder. `output` names what is attributed, when that is
 * not the first output: `loadModel('yolo.onnx', { output: 'scores' })`.
 *
 * @throws LensError `not-found`, `invalid-model` or `unsupported-operator`.
 */
export async function loadModel(source: string, options?: LoadOptions): Promise<CallableModel> {
  return callable(await loadEngineModel(source, options));
}

/** VS Code's own language detection. */
export interface TextDetector {
  /** The names of the languages, by target index. */
  readonly languages: readonly string[];
  /** The target index of a language by its name (`Rust`) or VS Code's id (`rust`); undefined when it is not known. */
  indexOf(language: string): number | undefined;
  /**
   * The detector for one text: attribute `model` to `input`, whose attributions are drawn on the tokens of the text.
   * Throws `invalid-argument` for less than two bytes.
   */
  encode(text: string): { readonly model: CallableModel; readonly input: Tensor<'float32'> };
}

/** Loads the model with which VS Code detects the language of a text. */
export async function loadLanguageDetector(): Promise<TextDetector> {
  const detector = await languageDetector();
  return {
    languages: detector.languages.map(({ name }) => name),
    indexOf: (language) => indexByName(detector, language),
    encode(text) {
      const { model, input } = encodeText(detector, text);
      return { model: callable(model), input };
    },
  };
}

/** Everything that the cells of a notebook have in scope besides `tf`. */
export const api = {
  Attribution,
  IntegratedGradients,
  Saliency,
  InputXGradient,
  ...byGradients,
  FeatureAblation,
  NeuronFeatureAblation,
  LayerFeatureAblation,
  Occlusion,
  FeaturePermutation,
  LayerFeaturePermutation,
  DataLoaderAttribution,
  InputRole,
  ShapleyValueSampling,
  ShapleyValues,
  Lime,
  LimeBase,
  KernelShap,
  SkLearnLasso,
  SkLearnRidge,
  SkLearnLinearRegression,
  SkLearnLogisticRegression,
  SkLearnSGDClassifier,
  SGDLasso,
  SGDRidge,
  SGDLinearRegression,
  getExpKernelSimilarityFunction,
  infidelity,
  infidelityPerturbFuncDecorator,
  sensitivityMax,
  FGSM,
  PGD,
  MinParamPerturbation,
  AttackComparator,
  ...byExamples,
  ...statistics,
  BinaryConcreteStochasticGates,
  GaussianStochasticGates,
  ProductBaselines,
  TokenReferenceBase,
  LLMAttribution,
  LLMGradientAttribution,
  TextTemplateInput,
  TextTokenInput,
  visualizeImageAttr,
  visualizeImageAttrMultiple,
  visualizeTimeseriesAttr,
  visualizeText,
  loadTokenizer,
  loadModel,
  loadImage,
  loadTensor: loadNpy,
  superpixels,
  loadLanguageDetector,
  withHints,
  explanationOf,
  examplesOf,
  float32,
};

function callable(model: DescribedModel): CallableModel {
  const result: CallableModel = Object.assign(Object.create(model) as DescribedModel, {
    async predict<T extends AttributionInputs>(inputs: T): Promise<AttributionsOf<T>> {
      const { tensors, kinds } = await readInputs(inputs, result);
      return (await inKind(await evaluate(result, tensors), kinds[0])) as AttributionsOf<T>;
    },
    classify: (inputs: AttributionInputs) => predictionsFor(result, inputs),
  });
  return result;
}
