import { METHODS } from '../engine/attribution/methods';

/** What --help prints. */
export const helpText = (): string => `npm run attribute -- --model FILE --input FILE --method NAME [--target T] [--OPTION VALUE ...] [--out PATH] [--json]

Attributes a model's output to its inputs, or to a layer of it.

  --model FILE          .onnx, .keras, .h5, a TensorFlow.js model.json, a folder with a model card, or the name of a model that
                        comes with the extension (efficientnet-lite0, language-detector)
  --model-output NAME   the output, layer or node that is attributed, such as a detector's scores before NonMaxSuppression;
                        default: the first output
  --no-batch-axis       the model takes one example without an axis for examples, as torchvision's detectors do
  --batch-axis 1        the model takes [time, batch, ...], as torch's recurrent and attention layers do; inputs have the
                        examples on the first axis nevertheless
  --input FILE          .png, .jpg, .npy or .json (nested numbers, examples on the first axis), or .txt for the
                        language-detector and models of token ids. A folder, or several --input, are attributed one
                        after the other; for a model of several inputs, give one --input for each
  --tokenizer FILE      tokenizer.json of a model of token ids; default: the one beside the model
  --method NAME         see below; --help --method NAME prints its options with their defaults
  --noise-tunnel TYPE   smoothgrad, smoothgrad_sq or vargrad over the method (--nt_samples, --stdevs)
  --target T            5, one for each example (1,0,2), an index (JSON) or a .npy file; default: each example's
                        strongest output
  --baselines B         a number, zero, mean, blurred, noise, or a file; repeat it for several inputs
  --feature_mask FILE   which elements are perturbed together; repeat it for several inputs
  --layer NAME          for layer and neuron methods; several with commas for layer methods, default: the last with
                        positions
  --neuron I            the neuron of a layer: 4, 34,14,11 or 0,1:4,::2
  --rules JSON          for LRP: {"conv":{"rule":"GammaRule","gamma":0.25}}
  --quadrature NAME     riemann_left, riemann_right, riemann_middle, riemann_trapezoid or gausslegendre: Captum's option
                        method of methods that integrate
  --OPTION VALUE        any other option of the method by Captum's name, as n_steps or nSteps; what it does not have is
                        refused
  --mean, --std LIST    of an image's channels (0.485,0.456,0.406), where the model does not say them
  --out PATH            .npy or .png file; a folder gets both for each input
  --json                one line of JSON for each input
  --runtime NAME        onnxruntime-node, onnxruntime-web or tfjs

Exit codes: 0 done, 1 an input could not be attributed, 2 the command is wrong, 130 interrupted.

Methods:
${Object.entries(METHODS).map(([name, { description }]) => `  ${name.padEnd(26)} ${description}`).join('\n')}
`;
