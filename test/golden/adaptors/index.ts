import type { GoldenCase } from '../goldenFolder';
import { MissingMethod, type Adaptor } from './adaptor';
import { fgsmAdaptor, minParamPerturbationAdaptor, pgdAdaptor } from './attacks';
import { attributionAdaptor } from './attribution';
import { colormapsAdaptor } from './colormaps';
import { dataLoaderAdaptor } from './dataLoader';
import { llmAdaptor } from './llm';
import { infidelityAdaptor, sensitivityMaxAdaptor } from './metrics';
import { normalizeAttrAdaptor } from './normalizeAttr';
import { quadratureAdaptor } from './quadrature';
import { similarityInfluenceAdaptor } from './similarityInfluence';
import { stochasticGatesAdaptor } from './stochasticGates';
import { summarizerAdaptor } from './summarizer';
import { tcavAdaptor } from './tcav';
import { tracInCPAdaptor } from './tracInCP';
import { visualizeImageAttrAdaptor } from './visualizeImageAttr';
import { visualizeTextAdaptor } from './visualizeText';
import { visualizeTimeseriesAttrAdaptor } from './visualizeTimeseriesAttr';

/** By kind, or for kinds without a common form by method. */
const ADAPTORS: Readonly<Record<string, Adaptor>> = {
  attr: attributionAdaptor,
  BinaryConcreteStochasticGates: stochasticGatesAdaptor,
  Colormaps: colormapsAdaptor,
  DataLoaderAttribution: dataLoaderAdaptor,
  FGSM: fgsmAdaptor,
  GaussianStochasticGates: stochasticGatesAdaptor,
  PGD: pgdAdaptor,
  infidelity: infidelityAdaptor,
  layer: attributionAdaptor,
  llm: llmAdaptor,
  neuron: attributionAdaptor,
  MinParamPerturbation: minParamPerturbationAdaptor,
  NormalizeAttr: normalizeAttrAdaptor,
  quadrature: quadratureAdaptor,
  sensitivity_max: sensitivityMaxAdaptor,
  SimilarityInfluence: similarityInfluenceAdaptor,
  Summarizer: summarizerAdaptor,
  TCAV: tcavAdaptor,
  TracInCP: tracInCPAdaptor,
  visualize_image_attr: visualizeImageAttrAdaptor,
  visualize_text: visualizeTextAdaptor,
  visualize_timeseries_attr: visualizeTimeseriesAttrAdaptor,
};

/** Runs a case; throws when it fails, also when its method does not exist yet. */
export async function runCase(golden: GoldenCase): Promise<void> {
  const name = [golden.method, golden.kind].find((key) => Object.hasOwn(ADAPTORS, key));
  if (name === undefined) throw new MissingMethod(golden.method);
  await ADAPTORS[name](golden);
}
