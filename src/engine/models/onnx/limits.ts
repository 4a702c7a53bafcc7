/** Bounds on what is read from a model file, so that a hostile one cannot exhaust memory or time. */

/** Largest model file: protocol buffers end here. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;
/** Largest sum of all weights, embedded and external, as the engine holds them: no runtime takes more in one graph. */
export const MAX_WEIGHT_BYTES = 2 ** 31 - 1;
/** Estimated memory of the decoded messages, weights in `raw_data` not counted. */
export const MAX_MESSAGE_BYTES = 2 ** 30;
/** Nesting of protobuf messages: graphs within nodes within graphs, types within types. */
export const MAX_MESSAGE_DEPTH = 64;
/** Nodes with their inputs, outputs and attributes, after model-local functions are expanded. */
export const MAX_NODE_PARTS = 2_000_000;
/** Characters of a name made by expanding functions. */
export const MAX_NAME_LENGTH = 4096;
/** Calls of model-local functions within model-local functions. */
export const MAX_FUNCTION_DEPTH = 32;
/** Elements of one value; more cannot be held in one array. */
export const MAX_ELEMENTS = 2 ** 31;
/** Axes of one value. */
export const MAX_RANK = 32;
/** Elements of one value that is computed while a model is specialised; larger ones are left to the runtime. */
export const MAX_FOLDED_ELEMENTS = 2 ** 24;
/** Elements of all such values of one specialisation. */
export const MAX_FOLDED_TOTAL = 2 ** 27;
/** Nodes in all rounds of all loops of one specialisation. */
export const MAX_UNROLLED_NODES = 200_000;
/** Rounds of all loops of one specialisation. */
export const MAX_ROUNDS = 20_000;
/** Tensors of one sequence. */
export const MAX_SEQUENCE = 4096;
/** Tensors of all sequences of one specialisation. */
export const MAX_SEQUENCED = 2 ** 24;
