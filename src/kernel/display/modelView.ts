import { isProxy } from 'node:util/types';
import type { GraphModel, LayersModel } from '@tensorflow/tfjs';
import { loadedTensorflow } from '../session/tensorflow';
import { dataProperty } from './dataProperty';
import { htmlHeading, htmlTable } from './html';
import type { DisplayItem, ModelInScope } from '../../protocol/kernel';

/** A model, as hovers, pickers and outputs speak of it. */
export interface ModelView {
  /** `LayersModel`, `GraphModel`. */
  type: string;
  name: string;
  /** `input_1 [N, 28, 28, 1]` */
  inputs: string[];
  outputs: string[];
  /** A table of what is inside: its header and its rows. */
  table?: { header: string[]; rows: string[][] };
}

/** Sees a value as a model: of TensorFlow.js, or one that the engine read from a file. Runs no code of the value's. */
export function asModel(value: unknown): ModelView | undefined {
  if (typeof value !== 'object' || value === null || isProxy(value)) return undefined;
  const ours = engineModel(value);
  if (ours) return ours;
  const tf = loadedTensorflow();
  if (!tf) return undefined;
  if (value instanceof tf.LayersModel) return layersModel(value);
  if (value instanceof tf.GraphModel) return graphModel(value);
  return undefined;
}

/** `LayersModel, [N, 28, 28, 1] -> [N, 10]` */
export function describeModel({ type, inputs, outputs }: ModelView): string {
  const shapes = (ports: string[]) => ports.map((port) => port.slice(port.indexOf('['))).join(', ');
  return `${type}, ${shapes(inputs)} -> ${shapes(outputs)}`;
}

/** Models by variable, for pickers. */
export const modelInScope = (variable: string, model: ModelView): ModelInScope => ({ variable, description: describeModel(model) });

/** A model as the value of a cell. */
export function displayModel(model: ModelView): DisplayItem[] {
  const heading = `${model.name}: ${model.inputs.join(', ')} -> ${model.outputs.join(', ')}`;
  const { header, rows } = model.table ?? { header: [], rows: [] };
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const lines = header.length > 0 ? [header, ...rows].map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ').trimEnd()) : [];
  return [
    { mime: 'text/html', text: htmlHeading(model.type, heading) + (header.length > 0 ? htmlTable(header, rows) : '') },
    { mime: 'text/plain', text: [`${model.type} ${heading}`, ...lines].join('\n') },
  ];
}

const FORMATS: Readonly<Record<string, string>> = { onnx: 'ONNX model', keras: 'Keras model', 'tfjs-layers': 'LayersModel', 'tfjs-graph': 'GraphModel', function: 'Function' };

function engineModel(value: object): ModelView | undefined {
  const [format, name, inputs, outputs, graph] = ['format', 'name', 'inputs', 'outputs', 'graph'].map((key) => dataProperty(value, key));
  if (typeof format !== 'string' || typeof name !== 'string' || typeof graph !== 'function' || !Array.isArray(inputs) || !Array.isArray(outputs)) return undefined;
  const ports = (list: readonly unknown[]) => list.map((port) => `${String(dataProperty(port, 'name'))} ${shapeText(dataProperty(port, 'shape') as number[])}`);
  return { type: FORMATS[format] ?? format, name, inputs: ports(inputs), outputs: ports(outputs) };
}

function layersModel(model: LayersModel): ModelView {
  // A Sequential without layers has neither inputs nor outputs yet.
  const ports = (tensors: typeof model.inputs | undefined) => (tensors ?? []).map(({ name, shape }) => `${name} ${shapeText(shape)}`);
  const rows = model.layers.map((layer) => [
    layer.name,
    layer.getClassName(),
    [layer.outputShape].flat(2).length > 0 ? outputShapes(layer.outputShape) : '',
    layer.countParams().toLocaleString('en'),
  ]);
  return {
    type: model.getClassName() === 'Sequential' ? 'Sequential' : 'LayersModel',
    name: model.name,
    inputs: ports(model.inputs),
    outputs: ports(model.outputs),
    table: { header: ['Layer', 'Type', 'Output shape', 'Parameters'], rows },
  };
}

function graphModel(model: GraphModel): ModelView {
  const ports = (infos: typeof model.inputs) => infos.map(({ name, shape }) => `${name} ${shapeText(shape)}`);
  return { type: 'GraphModel', name: String(model.modelVersion ?? 'model'), inputs: ports(model.inputs), outputs: ports(model.outputs) };
}

function outputShapes(shape: LayersModel['layers'][number]['outputShape']): string {
  return Array.isArray(shape[0]) ? (shape as (number | null)[][]).map(shapeText).join(', ') : shapeText(shape as (number | null)[]);
}

function shapeText(shape: readonly (number | null)[] | undefined): string {
  return shape ? `[${shape.map((dim) => (dim === null || dim < 0 ? 'N' : dim)).join(', ')}]` : '[?]';
}
