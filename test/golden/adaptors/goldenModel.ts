import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Graph } from '../../../src/engine/graph/graph';
import type { Model } from '../../../src/engine/models/model';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import type { GoldenCase } from '../goldenFolder';

interface ModelJson {
  readonly onnx: Readonly<Record<string, { readonly variant: string; readonly module_output_tensor: Readonly<Record<string, string>> }>>;
}

const models = new Map<string, Promise<Model>>();

/** The file of a case's ONNX model; variants that only move module boundaries are the default's function. */
function fileOf({ folder, json }: GoldenCase): { path: string; modules: Readonly<Record<string, string>> } {
  const home = path.join(folder, 'models', String(json.model));
  const { onnx }: ModelJson = JSON.parse(readFileSync(path.join(home, 'model.json'), 'utf8'));
  const files = Object.keys(onnx).filter((file) => existsSync(path.join(home, file)));
  const file = files.find((name) => onnx[name].variant === json.variant) ?? files.find((name) => onnx[name].variant === 'default');
  if (!file) throw new Error(`model '${String(json.model)}' has no ONNX file of variant '${String(json.variant)}'`);
  return { path: path.join(home, file), modules: onnx[file].module_output_tensor };
}

/** The layers of a case as the model names them: by module, or by the value that a module computes. */
export async function layersOf(golden: GoldenCase): Promise<string | string[]> {
  const { layer } = golden.json;
  if (layer === undefined) return [];
  const { modules } = fileOf(golden);
  const { layers = [] } = await goldenModel(golden);
  const named = (name: string): string => (layers.some((known) => known.name === name && known.output === modules[name]) ? name : modules[name]);
  return Array.isArray(layer) ? layer.map((name) => named(String(name))) : named(String(layer));
}

/** The values that the modules of a case's model compute, by module. */
export const moduleOutputs = (golden: GoldenCase): Readonly<Record<string, string>> => fileOf(golden).modules;

interface Nodes {
  readonly variants: Readonly<Record<string, { readonly nodes: readonly { readonly name: string; readonly op: string; readonly inputs: readonly string[]; readonly module: boolean }[] }>>;
}

/** The values that modules of a case's model compute and that feed a ReLU which is a module. */
export function reluInputs(golden: GoldenCase): ReadonlySet<string> {
  const { modules, path: file } = fileOf(golden);
  const { variants }: Nodes = JSON.parse(readFileSync(path.join(path.dirname(file), 'model.json'), 'utf8'));
  const relus = variants[String(golden.json.variant ?? 'default')].nodes.filter(({ op, module }) => op === 'relu' && module);
  return new Set(relus.map(({ inputs }) => modules[inputs[0]]));
}

/** The ONNX model of a case. */
export function goldenModel(golden: GoldenCase): Promise<Model> {
  const { json } = golden;
  const { path: file } = fileOf(golden);
  const wrapper = json.forward_wrapper as string | undefined;
  const key = `${file} ${wrapper ?? ''}`;
  const known = models.get(key) ?? loadOnnxModel(file).then((model) => (wrapper ? new SummedModel(model, wrapper) : model));
  models.set(key, known);
  return known;
}

/** f(x) = model(x).sum() (`sum_all`), or model(x).sum(1) (`sum_rows`). */
class SummedModel implements Model {
  readonly format = 'onnx';
  readonly name: string;
  readonly inputs: Model['inputs'];
  readonly outputs: Model['outputs'] = [{ name: 'sum', dtype: 'float32', shape: [] }];
  private readonly graphs = new WeakMap<Graph, Graph>();

  constructor(
    private readonly model: Model,
    private readonly wrapper: string,
  ) {
    this.name = `${model.name} (${wrapper})`;
    this.inputs = model.inputs;
  }

  async graph(inputs: Parameters<Model['graph']>[0]): Promise<Graph> {
    const graph = await this.model.graph(inputs);
    const summed = this.graphs.get(graph) ?? this.summed(graph);
    this.graphs.set(graph, summed);
    return summed;
  }

  dispose(): void {
    this.model.dispose();
  }

  private summed(graph: Graph): Graph {
    const builder = new GraphBuilder(this.name, graph);
    const output = builder.value(graph.outputs[0]);
    const axes = this.wrapper === 'sum_all' ? output.shape.map((_, axis) => axis) : [1];
    return builder.build([builder.op('ReduceSum', [output, builder.integers(axes)], { keepdims: 0 })]);
  }
}
