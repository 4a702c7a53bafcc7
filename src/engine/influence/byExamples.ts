import { CAV } from '../concept/cav';
import { Concept } from '../concept/concept';
import { DefaultClassifier } from '../concept/defaultClassifier';
import { TCAV } from '../concept/tcav';
import { ArnoldiInfluenceFunction } from './arnoldiInfluenceFunction';
import { NaiveInfluenceFunction } from './naiveInfluenceFunction';
import { SimilarityInfluence } from './similarityInfluence';
import { cosineSimilarity, euclideanDistance } from './similarityMetrics';
import { TracInCP } from './tracInCP';
import { TracInCPFast } from './tracInCPFast';
import { TracInCPFastRandProj } from './tracInCPFastRandProj';

/** The algorithms of Captum that explain a model by examples: those that show a concept, or those it was trained on. */
export const byExamples = {
  Concept,
  CAV,
  TCAV,
  DefaultClassifier,
  TracInCP,
  TracInCPFast,
  TracInCPFastRandProj,
  SimilarityInfluence,
  cosineSimilarity,
  euclideanDistance,
  NaiveInfluenceFunction,
  ArnoldiInfluenceFunction,
};
