// npm run attribute -- --model FILE --input FILE --method NAME [...]: attributions from a terminal; see --help.
import path from 'node:path';
import { LensError, toErrorPayload } from '../protocol/errors';
import type { LayerChoice } from '../protocol/renderer';
import { sharedEngine } from '../engine/attribution/engine';
import type { Explanation } from '../engine/attribution/explanation';
import { readForwardArgs, readInputs } from '../engine/attribution/inputs';
import { runJob, type Job } from '../engine/attribution/job';
import { defaultLayer, layersIn } from '../engine/attribution/catalogue/layers';
import { strongest } from '../engine/attribution/catalogue/strongest';
import { makeMethod, methodNamed } from '../engine/attribution/methods';
import { NOISE_TYPES, NoiseTunnel } from '../engine/attribution/noiseTunnel';
import { loadModel } from '../engine/models/loadModel';
import type { Model } from '../engine/models/model';
import type { DescribedModel } from '../engine/models/modelFolder';
import { evaluate } from '../engine/requests/attribute';
import { encodeText, languageDetector } from '../engine/requests/texts';
import type { Tensor } from '../engine/tensor';
import { readArguments, type Arguments } from './arguments';
import { helpText } from './help';
import { methodHelp, requireOptions } from './methodOptions';
import { isFolder, stemOf, writeOutputs } from './outputs';
import { reportOf, textOf } from './report';
import { filesOf, tensorReader } from './tensors';
import { encodedText, readText, tokenizerOf } from './texts';
import { readOptionValues } from './values';

const LANGUAGE_DETECTOR = 'language-detector';

/** Layers that a message names. */
const MOST_LISTED = 20;

/** One attribution: the files of all inputs of the model, under the name that is shown. */
interface Subject {
  readonly name: string;
  load(): Promise<{ model: DescribedModel; inputs: Tensor[]; forwardArgs?: Tensor[] }>;
}

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const { npm_lifecycle_event: script, INIT_CWD: start } = process.env;
  if (script === 'attribute' && start) process.chdir(start); // npm runs scripts in the project's folder
  process.env.ATTRIBUTION_LENS_MODELS ??= path.resolve(__dirname, '../../media/models');
  if (given.length === 0 || given.includes('--help')) return help(given);
  let wanted: Arguments | undefined;
  try {
    wanted = readArguments(given);
    await requireOptions(wanted);
    await chooseRuntime(wanted.runtime);
    const subjects = await subjectsOf(wanted);
    if (subjects.length > 1 && !wanted.out.every(isFolder)) throw new LensError('invalid-argument', `--out must be a folder for ${subjects.length} inputs, got ${wanted.out.join(', ')}`);
    return await attributeAll(subjects, wanted);
  } catch (error) {
    tell(error, wanted?.json ?? given.includes('--json'));
    return 2;
  }
}

/** Prints what can be given; with --method, the options of one. */
async function help(given: readonly string[]): Promise<number> {
  const at = given.indexOf('--method');
  const method = at < 0 ? undefined : given[at + 1];
  try {
    console.log(method === undefined ? helpText() : await methodHelp(method));
  } catch (error) {
    tell(error, false);
    return 2;
  }
  return given.length === 0 ? 2 : 0;
}

/** @throws LensError `runtime-failure` when the wanted executor does not run here. */
async function chooseRuntime(name: string | undefined): Promise<void> {
  if (name === undefined) return;
  process.env.ATTRIBUTION_LENS_RUNTIME = name;
  const { runtime } = await sharedEngine();
  if (!runtime.name.startsWith(name)) throw new LensError('runtime-failure', `--runtime ${name}: does not run here, ${runtime.name} does`);
}

async function subjectsOf(wanted: Arguments): Promise<Subject[]> {
  const files = await filesOf(wanted.inputs);
  if (wanted.model === LANGUAGE_DETECTOR) {
    const detector = await languageDetector();
    return files.map((file) => ({
      name: file,
      load: async () => {
        const { model, input } = encodeText(detector, await readText(file));
        return { model, inputs: [input] };
      },
    }));
  }
  const model = await loadModel(wanted.model, { output: wanted.modelOutput, batchAxis: wanted.batchAxis });
  const read = tensorReader(model, { ...(wanted.mean ? { mean: wanted.mean } : {}), ...(wanted.std ? { std: wanted.std } : {}) });
  if (files.every((file) => path.extname(file).toLowerCase() === '.txt')) {
    const tokenizer = await tokenizerOf(wanted.model, wanted.tokenizer);
    return files.map((file) => ({ name: file, load: async () => ({ model, ...encodedText(await readText(file), tokenizer, model) }) }));
  }
  const attributed = model.inputs.length - (wanted.options.get('additionalForwardArgs')?.length ?? 0);
  if (attributed > 1 && files.length === attributed) return [{ name: files.join(', '), load: async () => ({ model, inputs: await Promise.all(files.map(read)) }) }];
  if (attributed > 1) throw new LensError('invalid-argument', `Model '${model.name}' has ${attributed} inputs (${model.inputs.map(({ name }) => name).join(', ')}), got ${files.length} file(s)`, 'Give one --input for each.');
  return files.map((file) => ({ name: file, load: async () => ({ model, inputs: [await read(file, 0)] }) }));
}

async function attributeAll(subjects: readonly Subject[], wanted: Arguments): Promise<number> {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  let failed = 0;
  for (const subject of subjects) {
    try {
      const explanation = await runJob({ signal: controller.signal, onProgress: progressOf(subject) }, () => explain(subject, wanted));
      for (const warning of explanation.warnings ?? []) console.error(`${subject.name}: ${warning}`);
      const files = await writeOutputs(explanation, wanted.out, stemOf(subject.name));
      const report = reportOf(explanation, subject.name, files);
      console.log(wanted.json ? JSON.stringify(report) : textOf(report));
    } catch (error) {
      if (controller.signal.aborted) return 130;
      failed++;
      tell(error, wanted.json, subject.name);
    }
  }
  return failed > 0 ? 1 : 0;
}

async function explain(subject: Subject, wanted: Arguments): Promise<Explanation> {
  const { model, inputs, forwardArgs } = await subject.load();
  const { tensors } = await readInputs(inputs, model);
  const { constructorOptions, callOptions: given } = await readOptionValues(wanted.options, tensorReader(model, { mean: wanted.mean, std: wanted.std }));
  const callOptions = forwardArgs?.length ? { additionalForwardArgs: forwardArgs, ...given } : given;
  const additionalForwardArgs = await readForwardArgs(callOptions.additionalForwardArgs, model, tensors.length);
  const { needs } = await methodNamed(wanted.method);
  const layers = needs && constructorOptions.layer === undefined ? await layersIn({ model, inputs: tensors, additionalForwardArgs }) : [];
  if (needs === 'neuron' && constructorOptions.layer === undefined) throw new LensError('invalid-argument', `${wanted.method} needs --layer, the layer of the neuron`, `Layers of model '${model.name}': ${listed(layers)}.`);
  const layer = defaultLayer(layers, needs)?.name;
  const method = await makeMethod(wanted.method, model, { ...constructorOptions, ...(layer === undefined ? {} : { layer }) });
  const takesTarget = method.callOptions?.includes('target') !== false && callOptions.target === undefined;
  const options = { ...callOptions, ...(takesTarget ? { target: await targetFor(model, [...tensors, ...additionalForwardArgs]) } : {}) };
  if (wanted.noiseTunnel === undefined) return method.explainTensors(tensors, options);
  const ntType = NOISE_TYPES.find((type) => type === wanted.noiseTunnel);
  if (ntType) return new NoiseTunnel(method).explainTensors(tensors, { ...options, ntType });
  throw new LensError('invalid-argument', `--noise-tunnel must be one of ${NOISE_TYPES.join(', ')}, got '${wanted.noiseTunnel}'`);
}

/** Layers with the axes of one example; of many the last. */
function listed(layers: readonly LayerChoice[]): string {
  const left = layers.length - MOST_LISTED;
  return `${left > 0 ? `${left} that npm run inspect prints, ` : ''}${layers.slice(-MOST_LISTED).map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')}`;
}

/** Each example's strongest output, where all that the model takes has an entry for each example. */
async function targetFor(model: Model, inputs: readonly Tensor[]): Promise<number[][] | undefined> {
  const [{ shape: [examples] }] = inputs;
  return inputs.every(({ shape }) => shape[0] === examples) ? strongest(await evaluate(model, inputs)) : undefined;
}

function progressOf({ name }: Subject): Job['onProgress'] {
  if (!process.stderr.isTTY) return undefined;
  return ({ fraction, message }) => process.stderr.write(`\r\x1b[K${fraction < 1 ? `${path.basename(name)}: ${message} (${Math.round(100 * fraction)} %)` : ''}`);
}

/** Errors as one line of JSON, or for people. */
function tell(error: unknown, json: boolean, input?: string): void {
  const { code, message, nextStep } = toErrorPayload(error);
  if (json) console.log(JSON.stringify({ ...(input === undefined ? {} : { input }), error: { code, message, ...(nextStep === undefined ? {} : { nextStep }) } }));
  else console.error(`${input === undefined ? '' : `${input}: `}${message} [${code}]${nextStep ? `\n  ${nextStep}` : ''}`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
