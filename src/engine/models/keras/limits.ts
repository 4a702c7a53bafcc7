/** Bounds on what is read from a Keras file, so that a hostile one cannot exhaust memory or time. */

/** Largest file. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;
/** Largest `config.json`, or `model_config` of an HDF5 file. */
export const MAX_CONFIG_BYTES = 64 * 2 ** 20;
/** Largest sum of all weights. */
export const MAX_WEIGHT_BYTES = 2 ** 31 - 1;
/** How many times larger than its file what is unpacked from it may be, beyond {@link FREE_BYTES}: weights hardly compress. */
export const MAX_EXPANSION = 64;
/** What any file may unpack to. */
export const FREE_BYTES = 16 * 2 ** 20;
/** Largest sum of the weights of an HDF5 file. */
export const mostWeightBytes = (fileBytes: number): number => Math.min(MAX_WEIGHT_BYTES, fileBytes * MAX_EXPANSION + FREE_BYTES);
/** Groups of an HDF5 file. */
export const MAX_GROUPS = 500_000;
/** Groups within groups. */
export const MAX_GROUP_DEPTH = 128;
/** Layers of a model, those of models within it counted. */
export const MAX_LAYERS = 20_000;
/** Calls of layers, each call of a nested model counted with all that it calls. */
export const MAX_CALLS = 3_000;
/** Models within models, layers within layers. */
export const MAX_DEPTH = 32;
/** Steps of a recurrent layer; longer sequences would become graphs too large to compile. */
export const MAX_STEPS = 2048;
/** Elements of one value. */
export const MAX_ELEMENTS = 2 ** 31;
/** Axes of one value. */
export const MAX_RANK = 16;
