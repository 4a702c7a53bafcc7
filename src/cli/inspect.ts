// npm run inspect -- MODEL [--json]: what a model file holds and what can be attributed in it.
import path from 'node:path';
import { LensError, toErrorPayload } from '../protocol/errors';
import { textOf } from '../engine/inspection/describe';
import { inspectModel } from '../engine/inspection/inspectModel';
import { loadModel } from '../engine/models/loadModel';

const HELP = `npm run inspect -- MODEL [--json]

Prints inputs, outputs, parameters, memory for one example, what gradients, DeepLift and LRP reach, operators and layers.

  MODEL     .onnx, .keras, .h5, a TensorFlow.js model.json, a folder with a model card, or the name of a model that
            comes with the extension (efficientnet-lite0)
  --json    one line of JSON

Exit codes: 0 done, 1 the model cannot be attributed, 2 the command is wrong or the file cannot be read.`;

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const { npm_lifecycle_event: script, INIT_CWD: start } = process.env;
  if (script === 'inspect' && start) process.chdir(start); // npm runs scripts in the project's folder
  process.env.ATTRIBUTION_LENS_MODELS ??= path.resolve(__dirname, '../../media/models');
  if (given.length === 0 || given.includes('--help')) {
    console.log(HELP);
    return given.length === 0 ? 2 : 0;
  }
  const isJson = given.includes('--json');
  try {
    const [source, ...others] = given.filter((argument) => argument !== '--json');
    if (source === undefined || others.length > 0 || source.startsWith('--')) throw new LensError('invalid-argument', `One model is needed, got ${[source, ...others].join(' ')}`, 'See --help.');
    const found = await inspectModel(await loadModel(source));
    console.log(isJson ? JSON.stringify(found) : textOf(found));
    return found.problem ? 1 : 0;
  } catch (error) {
    const { code, message, nextStep } = toErrorPayload(error);
    if (isJson) console.log(JSON.stringify({ error: { code, message, ...(nextStep === undefined ? {} : { nextStep }) } }));
    else console.error(`${message} [${code}]${nextStep ? `\n  ${nextStep}` : ''}`);
    return 2;
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(70);
  },
);
