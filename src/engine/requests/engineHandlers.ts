import type { EngineRequests } from '../../protocol/engine';
import { runJob } from '../attribution/job';
import { inspectModel } from '../inspection/inspectModel';
import { loadModel } from '../models/loadModel';
import { setAlgorithms } from './algorithms';
import { attributeImage, imageChoices } from './images';
import { capabilitiesOf, recomputeOutput } from './outputs';
import type { RequestContext, RequestHandlers } from './serve';
import { status } from './status';
import { attributeText, textChoices } from './texts';

/** Answers to everything that an engine process is asked; kernel processes serve the same. */
export const engineHandlers: RequestHandlers<EngineRequests> = {
  status,
  algorithms: setAlgorithms,
  attributeImage: job(attributeImage),
  attributeText: job(attributeText),
  imageChoices: job(imageChoices),
  textChoices: job(textChoices),
  recompute: job(({ outputId, request }) => recomputeOutput(outputId, request)),
  inspectModel: async ({ path }) => inspectModel(await loadModel(path)),
  capabilities: ({ outputId }) => capabilitiesOf(outputId),
};

/** Gives the attributions of a handler the progress and the cancelling of its request. */
export function job<P, R>(handle: (params: P) => Promise<R>): (params: P, context: RequestContext) => Promise<R> {
  return (params, { signal, progress }) => runJob({ signal, onProgress: progress }, () => handle(params));
}
