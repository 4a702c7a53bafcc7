import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import { portShape, type Callable } from './callable';
import { fromTfjsType } from './tfjs';
import type { Tracer } from './tracer';

type Layer = tfjs.layers.Layer;

/** A Keras-style model; each layer's output gets the layer's name, with the names of the models around it. */
export function layersCallable(model: tfjs.LayersModel): Callable {
  const port = (symbolic: tfjs.SymbolicTensor) => ({ name: symbolic.sourceLayer.name, dtype: fromTfjsType(symbolic.dtype, `Model '${model.name}'`), shape: portShape(symbolic.shape) });
  return {
    format: 'tfjs-layers',
    inputs: model.inputs.map(port),
    outputs: model.outputs.map(port),
    weightNames: () => new Map(model.weights.map((weight) => [weight.read().dataId, weight.originalName])),
    call(inputs, tracer) {
      if (model.stateful) throw new LensError('unsupported-operator', `Model '${model.name}': stateful recurrent layers keep values between calls and cannot be traced`, 'Build the layers with stateful: false.');
      const restore = watch(model.layers, tracer);
      try {
        const outputs = model.apply(inputs.length === 1 ? inputs[0] : inputs, { training: false });
        return (Array.isArray(outputs) ? outputs : [outputs]) as tfjs.Tensor[];
      } finally {
        restore();
      }
    },
  };
}

/** Lets the tracer know which layer runs, until the returned function is called. */
function watch(layers: readonly Layer[], tracer: Tracer): () => void {
  const watched = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (watched.has(layer)) return;
    watched.add(layer);
    const { call } = layer;
    layer.call = (inputs, kwargs) =>
      tracer.within(layer.name, () => {
        const outputs = call.call(layer, inputs, kwargs);
        if (Array.isArray(outputs)) for (const [index, output] of outputs.entries()) tracer.label(output, outputs.length === 1 ? tracer.scope : `${tracer.scope}:${index}`);
        else tracer.label(outputs, tracer.scope);
        return outputs;
      });
    if ('layers' in layer && Array.isArray(layer.layers)) for (const inner of layer.layers) visit(inner);
  };
  for (const layer of layers) visit(layer);
  return () => {
    for (const layer of watched) Reflect.deleteProperty(layer, 'call');
  };
}
