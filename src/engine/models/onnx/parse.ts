import { LensError } from '../../../protocol/errors';
import type { GraphProto, ModelProto, TypeProto, ValueInfoProto } from '../../graph/onnx_pb';
import { engineType, onnxTypeName } from '../../graph/onnxTypes';
import type { ModelPort } from '../model';
import { BodyReader, defaultOpset } from './bodyReader';
import type { ExternalData } from './externalData';
import { labelsOf } from './labels';
import { layersOf, nameNodes } from './layers';
import { MAX_RANK } from './limits';
import type { ParsedBody, ParsedModel } from './parsedModel';
import { TensorReader } from './tensors';
import { quantizationNotes } from './upgrade/quantized';

/** The versions of ONNX's operator set that are understood; later ones are read as the newest known. */
const OLDEST_OPSET = 6;
const NEWEST_OPSET = 28;

/** Checks a decoded ONNX file and brings it into the form that is specialised for input shapes. Throws `invalid-model` or `unsupported-operator`. */
export function parseModel(proto: ModelProto, name: string, external: ExternalData): ParsedModel {
  if (!proto.graph) throw new LensError('invalid-model', 'This is not an ONNX model: it has no graph');
  const opset = defaultOpset(proto.opsetImport) || (proto.opsetImport.length > 0 ? NEWEST_OPSET : 0); // one of ai.onnx.ml's operators alone need not say
  if (opset === 0) throw new LensError('invalid-model', "The model does not say which version of ONNX's operators it uses");
  if (opset < OLDEST_OPSET) {
    throw new LensError('invalid-model', `Operator set ${opset} is not supported, the oldest is ${OLDEST_OPSET}`, 'Convert the model with onnx.version_converter, or export it anew.');
  }
  const tensors = new TensorReader(external);
  const { graph, notes } = withoutOtherOutputs(proto.graph);
  const body = new BodyReader(proto.functions, tensors).graph(graph, opset);
  const weights = new Set(body.initializers.keys());
  const inputs = portsOf(graph);
  requireDefined(body, inputs);
  const fed = inputs.map((input) => input.name);
  const { nodes, places } = nameNodes(body.nodes, weights, fed);
  return {
    ...body,
    nodes,
    name,
    inputs,
    outputPorts: graph.output.map((output) => ({ ...portType(output, 'Output'), shape: declaredShape(output, 'Output') })),
    layers: layersOf(nodes, places, fed, body.outputs),
    labels: labelsOf(proto.metadataProps),
    origin: originOf(proto, opset),
    notes: [...notes, ...tensors.notes, ...quantizationNotes(nodes), ...(opset > NEWEST_OPSET ? [`Operator set ${opset} is newer than ${NEWEST_OPSET}, the newest known; its operators were read as of that.`] : [])],
  };
}

/** `Operator set 17, written by pytorch 2.1.` */
function originOf({ producerName, producerVersion }: ModelProto, opset: number): string {
  const producer = `${producerName} ${producerVersion}`.trim().slice(0, 100);
  return `Operator set ${opset}${producer === '' ? '' : `, written by ${producer}`}.`;
}

/** The graph with those outputs that are tensors, where there are any. */
function withoutOtherOutputs(graph: GraphProto): { graph: GraphProto; notes: string[] } {
  const others = graph.output.filter((output) => tensorTypeOf(output)?.case !== 'tensorType' && output.type !== undefined && !isZipMap(output));
  if (others.length === 0 || others.length === graph.output.length) return { graph, notes: [] };
  const names = others.map(({ name }) => `'${name}'`).join(', ');
  return { graph: { ...graph, output: graph.output.filter((output) => !others.includes(output)) }, notes: [`The ${others.length === 1 ? 'output' : 'outputs'} ${names} ${others.length === 1 ? 'is no tensor and is' : 'are no tensors and are'} left out.`] };
}

/** The inputs that a user feeds: old files list the weights among them. */
function portsOf(graph: GraphProto): ModelPort[] {
  const weights = new Set([...graph.initializer.map((tensor) => tensor.name), ...graph.sparseInitializer.map((sparse) => sparse.values?.name ?? '')]);
  const names = new Set<string>();
  return graph.input
    .filter((input) => !weights.has(input.name))
    .map((input) => {
      if (names.has(input.name) || input.name === '') throw new LensError('invalid-model', `The input '${input.name}' ${input.name === '' ? 'has no name' : 'is declared twice'}`);
      names.add(input.name);
      const type = portType(input, 'Input');
      const shape = declaredShape(input, 'Input');
      if (!shape) throw new LensError('invalid-model', `Input '${input.name}': declares no shape`, 'Export the model with the number of axes of each input.');
      return { ...type, shape };
    });
}

function portType(port: ValueInfoProto, kind: 'Input' | 'Output'): Omit<ModelPort, 'shape'> {
  const type = tensorTypeOf(port);
  if (kind === 'Output' && isZipMap(port)) return { name: port.name, dtype: 'float32' };
  if (type?.case !== 'tensorType') throw new LensError('invalid-model', `${kind} '${port.name}': must be a tensor, got ${type?.case ?? 'no type'}`, type === undefined ? undefined : 'Export the model with a tensor of its own for each element.');
  const dtype = engineType(type.value.elemType);
  if (!dtype) throw new LensError('invalid-model', `${kind} '${port.name}': element type ${onnxTypeName(type.value.elemType)} is not supported`);
  return { name: port.name, dtype };
}

/** The declared type; that of an optional value is the type of its element, which must be fed. */
function tensorTypeOf({ type }: ValueInfoProto): TypeProto['value'] | undefined {
  return type?.value.case === 'optionalType' ? type.value.value.elemType?.value : type?.value;
}

/** Whether it is what ZipMap gives, a table from class names to scores for each example: it is read as the scores. */
function isZipMap({ type }: ValueInfoProto): boolean {
  return type?.value.case === 'sequenceType' && type.value.value.elemType?.value.case === 'mapType';
}

/** The declared axes, free ones as -1; undefined when no shape is declared. */
function declaredShape(port: ValueInfoProto, kind: 'Input' | 'Output'): number[] | undefined {
  const type = tensorTypeOf(port);
  const shape = type?.case === 'tensorType' ? type.value.shape : undefined;
  if (shape && shape.dim.length > MAX_RANK) throw new LensError('invalid-model', `${kind} '${port.name}': at most ${MAX_RANK} axes are supported, got ${shape.dim.length}`);
  return shape?.dim.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : -1));
}

function requireDefined(body: ParsedBody, inputs: readonly ModelPort[]): void {
  const fed = new Set(inputs.map((input) => input.name));
  const missing = body.captures.find((name) => !fed.has(name));
  if (missing !== undefined) {
    const user = body.nodes.find((node) => node.inputs.includes(missing));
    const subject = user ? `${user.op} '${user.name}': its input` : 'The output or captured value';
    throw new LensError('invalid-model', `${subject} '${missing}' is not an input, a weight or the result of a node`);
  }
  const again = body.nodes.find((node) => node.outputs.some((output) => fed.has(output)));
  if (again) throw new LensError('invalid-model', `${again.op} '${again.name}': defines a value that is already an input of the model`);
  if (body.outputs.length === 0) throw new LensError('invalid-model', 'The model has no outputs');
  const seen = new Set<string>();
  const repeated = body.outputs.find((name) => seen.size === seen.add(name).size);
  if (repeated !== undefined) throw new LensError('invalid-model', `The output '${repeated}' is declared twice`);
}
