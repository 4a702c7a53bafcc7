/** What to do about operators that no graph of tensors with gradients can have. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^com\.microsoft\./, "Use the model as it was before ONNX Runtime's offline optimisation."],
  [/^(Random|Bernoulli$|Multinomial$)/, 'Its results are random, and passes through the model could not be compared: export the model without sampling (in PyTorch: model.eval(), without noise).'],
  [/^ImageDecoder$/, 'Export the model without it and decode pictures before the model.'],
  [/^(String|Regex|TfIdfVectorizer$)|Tokenizer$/, 'Export the model without it and turn text into numbers before the model.'],
];

/** The next step for a user whose model has operators that are not supported; undefined when there is no better one than another model. */
export function adviceFor(operators: readonly string[]): string | undefined {
  return ADVICE.find(([pattern]) => operators.some((op) => pattern.test(op)))?.[1];
}
