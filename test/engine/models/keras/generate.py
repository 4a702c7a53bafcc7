"""Writes the models of data/ with what Keras computes of them: `python generate.py` with keras and jax installed.

Each case is a seeded model, its inputs, its outputs, and the gradient of sum(outputs * cos(0, 1, 2, ...)) by its float inputs.
`python generate.py legacy` with tf_keras and tensorflow adds what Keras 2 writes; `legacy_groups` is to be written by Keras 2.13.
Names of cases write these alone.
"""

import base64
import json
import os
import sys
import zipfile

LEGACY = "legacy" in sys.argv[1:]
ONLY = set(sys.argv[1:]) - {"legacy"}
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy  # noqa: E402

if LEGACY:
    import tensorflow

    if tensorflow.__version__ < "2.16":
        from tensorflow import keras
    else:
        import tf_keras as keras
else:
    import jax
    import keras

layers = keras.layers
random = numpy.random.RandomState(7)


def packed(array):
    array = numpy.asarray(array)
    kept = array.astype("float32" if array.dtype.kind == "f" else "int32")
    return {"shape": list(kept.shape), "dtype": str(kept.dtype), "data": base64.b64encode(kept.tobytes()).decode()}


def floats(*shape):
    return random.standard_normal(shape).astype("float32")


def integers(high, *shape):
    return random.randint(0, high, shape).astype("int32")


def shuffle_weights(model):
    """Weights that show when two are exchanged: biases are not zero, variances not one."""
    model.set_weights([(0.5 + random.random_sample(w.shape) if "var" in name else 0.5 * random.standard_normal(w.shape)).astype(w.dtype) for w, name in zip(model.get_weights(), [v.name for v in model.weights])])


def scalar(outputs, numpy_like):
    total = 0.0
    for output in outputs:
        flat = numpy_like.reshape(output, (-1,))
        total = total + numpy_like.sum(flat * numpy.cos(numpy.arange(flat.shape[0])).astype("float32"))
    return total


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def differentiated(model, inputs):
    moving = [index for index, value in enumerate(inputs) if value.dtype.kind == "f"]
    if LEGACY:
        tensors = [tensorflow.constant(value) for value in inputs]
        with tensorflow.GradientTape() as tape:
            tape.watch([tensors[index] for index in moving])
            outputs = listed(model(tensors if len(tensors) > 1 else tensors[0], training=False))
            total = tensorflow.add_n([tensorflow.reduce_sum(tensorflow.reshape(o, [-1]) * tensorflow.constant(numpy.cos(numpy.arange(int(tensorflow.size(o)))).astype("float32"))) for o in outputs])
        return [numpy.asarray(tensorflow.convert_to_tensor(g)) for g in tape.gradient(total, [tensors[index] for index in moving])]

    def total_of(values):
        given = list(inputs)
        for index, value in zip(moving, values):
            given[index] = value
        outputs, _ = model.stateless_call([v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables], given if len(given) > 1 else given[0], training=False)
        return scalar(listed(outputs), jax.numpy)

    return list(jax.grad(total_of)([inputs[index] for index in moving])) if moving else []


CASES = {}


def keep(name, model, inputs, extension="keras", gradients=True):
    if ONLY and name not in ONLY:
        return
    shuffle_weights(model)
    outputs = listed(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    path = os.path.join(FOLDER, name + "." + extension)
    model.save(path)
    if extension == "keras":
        with zipfile.ZipFile(path) as archive:
            parts = {part: archive.read(part) for part in archive.namelist() if not part.endswith("/")}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for part, content in parts.items():
                archive.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
    CASES[name] = {
        "file": name + "." + extension,
        "inputs": [packed(value) for value in inputs],
        "outputs": [packed(output) for output in outputs],
        "gradients": [packed(gradient) for gradient in differentiated(model, inputs)] if gradients else [],
    }


def images():
    x = layers.Input((12, 12, 3), name="image")
    y = layers.Rescaling(0.5, offset=0.25)(x)
    y = layers.ZeroPadding2D(((1, 0), (0, 1)))(y)
    y = layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(y)
    y = layers.BatchNormalization(name="bn")(y)
    y = layers.ReLU(max_value=6.0)(y)
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depthwise")(y)
    y = layers.SeparableConv2D(6, 3, padding="same", activation="silu", name="separable")(y)
    a = layers.MaxPooling2D(2, padding="same")(y)
    b = layers.AveragePooling2D(3, strides=2, padding="same")(y)
    y = layers.Concatenate()([a, b])
    y = layers.GroupNormalization(groups=3, name="group")(y)
    y = layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="elu", name="transposed")(y)
    y = layers.UpSampling2D(2, interpolation="bilinear")(y)
    y = layers.UpSampling2D((1, 2))(y)
    y = layers.Cropping2D(((1, 2), (0, 3)))(y)
    y = layers.Conv2D(4, 3, dilation_rate=2, groups=2, name="grouped")(y)
    y = layers.SpatialDropout2D(0.3)(y)
    y = layers.PReLU(shared_axes=[1, 2], name="prelu")(y)
    maximum = layers.GlobalMaxPooling2D(keepdims=True)(y)
    y = layers.Multiply()([y, maximum])
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(x, layers.Dense(3, activation="softmax", name="head")(y), name="images")


def sequences():
    return keras.Sequential([
        layers.Input((9, 5)),
        layers.Conv1D(6, 3, padding="causal", activation="gelu"),
        layers.LayerNormalization(),
        layers.MaxPooling1D(2, padding="same"),
        layers.Conv1DTranspose(5, 3, strides=2, padding="valid"),
        layers.SeparableConv1D(5, 3, activation="mish"),
        layers.DepthwiseConv1D(3, padding="same", activation="softsign"),
        layers.AveragePooling1D(2),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.GRU(5, return_sequences=True, reset_after=True),
        layers.GRU(5, return_sequences=True, reset_after=False, go_backwards=True),
        layers.SimpleRNN(4, return_sequences=True, activation="tanh"),
        layers.TimeDistributed(layers.Dense(3, activation="leaky_relu")),
        layers.Permute((2, 1)),
        layers.Reshape((-1, 2)),
        layers.Cropping1D((1, 0)),
        layers.ZeroPadding1D(1),
        layers.UpSampling1D(2),
        layers.UnitNormalization(),
        layers.Flatten(),
        layers.RepeatVector(2),
        layers.Bidirectional(layers.LSTM(3), merge_mode="sum"),
        layers.Dense(2),
    ], name="sequences")


def tokens():
    x = layers.Input((7,), dtype="int32", name="ids")
    y = layers.Embedding(11, 6, mask_zero=True, name="embedding")(x)
    y = layers.Dropout(0.1)(y)
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True), name="both")(y)
    states = layers.LSTM(4, return_state=True, return_sequences=True, name="encoder")(y)
    pooled = layers.GlobalAveragePooling1D()(states[0])
    joined = layers.Concatenate()([pooled, states[1], states[2]])
    return keras.Model(x, layers.Dense(2, name="head")(joined), name="tokens")


def attention():
    x = layers.Input((6, 8), name="x")
    memory = layers.Input((4, 8), name="memory")
    y = layers.MultiHeadAttention(2, 3, name="self")(x, x, use_causal_mask=True)
    y = layers.Add()([x, y])
    y = layers.LayerNormalization(epsilon=1e-5, name="norm")(y)
    cross = layers.MultiHeadAttention(2, 3, name="cross")(y, memory)
    dot = layers.Attention(use_scale=True, name="luong")([y, memory])
    additive = layers.AdditiveAttention(name="additive")([y, memory])
    y = layers.Average()([cross, dot, additive])
    products = layers.Dot(axes=(2, 2), normalize=True, name="products")([y, memory])
    return keras.Model([x, memory], [layers.Flatten()(products), layers.GlobalMaxPooling1D()(y)], name="attention")


def nested():
    shared = keras.Sequential([layers.Input((4,)), layers.Dense(4, activation="selu"), layers.BatchNormalization()], name="tower")
    inner_in = layers.Input((4,))
    dense = layers.Dense(4, name="twice")
    inner = keras.Model(inner_in, [dense(dense(inner_in)), layers.Activation("exponential")(inner_in)], name="inner")
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    left, right = shared(a), shared(b)
    difference = layers.Subtract()([left, right])
    one, two = inner(difference)
    y = layers.Maximum()([one, two])
    y = layers.Minimum()([y, layers.LeakyReLU(name="leaky")(left)])
    if not LEGACY:
        y = y * 2.0 + 1.0
    return keras.Model([a, b], layers.Dense(2, name="head")(y), name="nested")


def volumes():
    x = layers.Input((5, 6, 4, 2), name="volume")
    y = layers.Conv3D(3, 3, padding="same", strides=(2, 1, 2))(x)
    y = layers.BatchNormalization()(y)
    y = layers.Activation("hard_sigmoid")(y)
    y = layers.MaxPooling3D(2, padding="same")(y)
    y = layers.Conv3DTranspose(2, 2, strides=2)(y)
    y = layers.UpSampling3D((1, 1, 2))(y)
    y = layers.ZeroPadding3D(1)(y)
    y = layers.Cropping3D(1)(y)
    y = layers.AveragePooling3D(2)(y)
    return keras.Model(x, layers.GlobalAveragePooling3D()(y), name="volumes")


def channels_first():
    x = layers.Input((3, 8, 8), name="image")
    y = layers.Conv2D(4, 3, padding="same", data_format="channels_first", activation="relu")(x)
    y = layers.BatchNormalization(axis=1)(y)
    y = layers.MaxPooling2D(data_format="channels_first")(y)
    y = layers.Flatten(data_format="channels_first")(y)
    return keras.Model(x, layers.Dense(2)(y), name="channels_first")


def table():
    number, kind = layers.Input((3,), name="number"), layers.Input((1,), dtype="int32", name="kind")
    normal = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5])(number)
    hot = layers.CategoryEncoding(4, output_mode="one_hot")(kind)
    y = layers.Concatenate()([normal, hot])
    for activation in ["softplus", "tanh", "hard_silu", "selu", "sigmoid"]:
        y = layers.Dense(5, activation=activation)(y)
    y = layers.ELU(alpha=0.7)(y)
    return keras.Model([number, kind], layers.Softmax()(y), name="table")


def masked(kind):
    """One layer that attends to tokens, some of which do not count."""
    ids, memory = layers.Input((6,), dtype="int32", name="ids"), layers.Input((4, 6), name="memory")
    y = layers.Embedding(9, 6, mask_zero=True, name="embedding")(ids)
    if kind == "self":
        return keras.Model(ids, layers.GlobalAveragePooling1D()(layers.MultiHeadAttention(2, 3)(y, y, use_causal_mask=True)), name="masked")
    if kind == "cross":
        return keras.Model([ids, memory], layers.MultiHeadAttention(2, 3)(memory, y), name="masked")
    return keras.Model([ids, memory], layers.AdditiveAttention()([memory, y]), name="masked")


def composite():
    """Masks that attention takes off its inputs for the layers called later, that an LSTM with a state leaves out, and that layers merge."""
    ids, memory = layers.Input((6,), dtype="int32", name="ids"), layers.Input((6, 6), name="memory")
    y, m = layers.Embedding(9, 6, mask_zero=True, name="embedding")(ids), layers.Masking()(memory)
    own = layers.MultiHeadAttention(2, 3, dropout=0.1, name="own")(y, y)
    cross = layers.MultiHeadAttention(2, 3, name="cross")(m, layers.Dropout(0.1)(y))
    grouped = layers.GroupQueryAttention(3, 4, 2, name="grouped")(y, m, use_causal_mask=True)
    averaged = layers.Average()([own, cross, grouped])
    product = layers.Multiply()([layers.Maximum()([grouped, y]), layers.Subtract()([m, averaged])])
    joined = layers.Concatenate()([product, layers.Attention()([averaged, m])])
    state = layers.GlobalMaxPooling1D()(averaged)
    decoded = layers.LSTM(6, name="decoded")(layers.Masking()(memory), initial_state=[state, state])
    outputs = [layers.GlobalAveragePooling1D()(layers.Add()([product, m])), decoded, layers.GlobalAveragePooling1D()(joined), layers.Flatten()(averaged)]
    return keras.Model([ids, memory], outputs, name="composite")


def video():
    frames = layers.Input((3, 7, 8, 2), name="frames")
    frame = layers.Input((7, 8, 2))
    y = layers.RandomFlip("horizontal")(frame)
    y = layers.Resizing(6, 6, interpolation="bicubic", crop_to_aspect_ratio=True)(y)
    y = layers.UpSampling2D((1, 2), interpolation="lanczos3")(y)
    y = layers.CenterCrop(5, 6)(layers.Resizing(5, 8, antialias=True)(y))
    inner = keras.Model(frame, layers.Conv2D(2, 2, name="conv")(y), name="inner")
    y = layers.TimeDistributed(inner, name="each")(frames)
    y = layers.Bidirectional(layers.ConvLSTM2D(2, (2, 3), padding="same", return_sequences=True), merge_mode="ave", name="both")(y)
    states = layers.ConvLSTM2D(2, 2, strides=(1, 2), recurrent_activation="hard_sigmoid", return_state=True, name="last")(y)
    rows = layers.Resizing(2, 4)(frames[:, 0])
    return keras.Model(frames, [layers.Flatten()(states[0]), layers.GlobalMaxPooling2D()(states[2]), layers.Flatten()(layers.ConvLSTM1D(2, 2)(rows))], name="video")


def operations():
    ops = keras.ops
    x, y = layers.Input((3, 4), name="x"), layers.Input((3, 4), name="y")
    first, last = ops.split(ops.concatenate([x, y], axis=-1), 2, axis=-1)
    z = ops.where(ops.greater(first, 0.1), ops.gelu(first), ops.square(last)) + ops.clip(ops.flip(x, axis=1), -0.5, 0.5)
    z = ops.einsum("bij,bkj->bik", z, ops.softmax(y, axis=(1, 2))) + ops.expand_dims(ops.mean(x, axis=-1), 2)
    z = ops.transpose(ops.repeat(ops.tile(z, (1, 1, 2)), 2, axis=1), (0, 2, 1))[:, 1:-1, ..., ::-1]
    parts = [ops.std(z, axis=1), ops.max(z, axis=(1,)), ops.logsumexp(z, axis=-2), ops.normalize(z[:, -1], axis=-1), ops.squeeze(ops.mean(z, axis=1, keepdims=True), 1), ops.prod(ops.take(z, 2, axis=1)[:, None], axis=1)]
    z = ops.swapaxes(ops.stack(parts, axis=1), 1, 2)
    z = ops.log1p(ops.exp(ops.pad(z, ((0, 0), (1, 0), (0, 1))))) * ops.cast(ops.less_equal(ops.sum(x, axis=-1)[:, :1, None], 100.0), "float32")
    return keras.Model([x, y], ops.reshape(z, (-1, z.shape[1] * z.shape[2])), name="operations")


def cells():
    """Stacked cells, states for both directions, attention over several axes, adaptive pools, and operations with known arrays."""
    ops = keras.ops
    x, start = layers.Input((4, 3, 6), name="x"), layers.Input((4,), name="start")
    y = layers.MultiHeadAttention(2, 3, attention_axes=(1, 2), use_gate=True, name="both")(x, x)
    y = layers.MultiHeadAttention(2, 3, attention_axes=2, output_shape=(5,), name="one")(y, x)
    pooled = layers.AdaptiveAveragePooling2D((3, 2), name="mean")(y) + layers.AdaptiveMaxPooling2D((3, 2), name="most")(y)
    y = ops.roll(ops.cumsum(layers.Reshape((6, 5))(pooled), axis=1), -2, axis=1)
    y = ops.take(ops.mod(y, 3.0) - numpy.arange(5, dtype="float32"), [0, 2, -1, 1], axis=1)
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="sides")(y, initial_state=[start, start, start, start])
    stack = layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(4, reset_after=False), layers.SimpleRNNCell(2)])
    states = layers.RNN(stack, return_state=True, name="stack")(y)
    attended = layers.GroupQueryAttention(3, 4, 2, use_gate=True, sliding_window=2, name="grouped")(y, y)
    return keras.Model([x, start], [layers.Concatenate()(jax.tree_util.tree_leaves(states)), ops.unstack(attended, axis=1)[2]], name="cells")


def functions():
    """Functions of TensorFlow, as Keras 2 keeps them, and masks in Keras 2."""
    ids, x = layers.Input((6,), dtype="int32", name="ids"), layers.Input((6, 4), name="x")
    y = layers.Embedding(9, 4, mask_zero=True, name="embedding")(ids)
    y = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="sides")(y)
    y = layers.MultiHeadAttention(2, 3, name="attention")(y, y)
    seen = tensorflow.cast(tensorflow.not_equal(ids, 0), "float32")[:, :, None]
    z = (2.0 * x - [0.1, 0.2, 0.3, 0.4]) / 3.0 + y * seen
    z = tensorflow.matmul(tensorflow.nn.gelu(z), x, transpose_b=True) @ x
    a, b = tensorflow.split(tensorflow.concat([z, tensorflow.roll(x, 1, axis=1)], axis=-1), [3, 5], axis=2)
    z = tensorflow.reduce_mean(a, axis=1) + tensorflow.clip_by_value(tensorflow.gather(b, 2, axis=1)[:, 1:4], -1.0, 1.0)
    return keras.Model([ids, x], [z, tensorflow.math.l2_normalize(tensorflow.reshape(b, [-1, 30]), axis=-1)], name="functions")


def groups():
    """Layers of one class, with weights and without, within each other."""
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(3, name="z"), layers.ReLU(), layers.Dense(4, name="a")], name="inner")
    x = layers.Input((5, 4), name="x")
    y = layers.TimeDistributed(layers.Dense(4))(x)
    y = layers.RNN([layers.LSTMCell(3), layers.LSTMCell(4)], name="stack")(layers.Dense(4, activation="tanh")(y))
    return keras.Model(x, layers.Dense(2)(inner(layers.Dense(4, use_bias=False)(inner(y)))), name="groups")


if LEGACY:
    keep("legacy", nested(), [floats(3, 4), floats(3, 4)], "h5")
    frozen = keras.Sequential([layers.Input((6, 6, 2)), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.Activation("hard_sigmoid")], name="base")
    frozen.layers[1].trainable = False
    top = keras.Sequential([layers.Input((6, 6, 2)), frozen, layers.Reshape((4, 8)), layers.Bidirectional(layers.LSTM(2)), layers.Dense(2)], name="top")
    keep("legacy_sequential", top, [floats(2, 6, 6, 2)], "h5")
    keep("legacy_functions", functions(), [numpy.array([[1, 2, 3, 4, 0, 0], [0, 0, 2, 3, 1, 5]], dtype="int32"), floats(2, 6, 4)])
    keep("legacy_groups", groups(), [floats(2, 5, 4)])
else:
    keras.utils.set_random_seed(1)
    keep("images", images(), [floats(2, 12, 12, 3)])
    keep("sequences", sequences(), [floats(2, 9, 5)])
    ids = integers(11, 3, 7)
    ids[0, 4:] = 0
    ids[1, :2] = 0
    keep("tokens", tokens(), [ids])
    keep("attention", attention(), [floats(2, 6, 8), floats(2, 4, 8)])
    keep("nested", nested(), [floats(3, 4), floats(3, 4)])
    keep("nested_h5", nested(), [floats(3, 4), floats(3, 4)], "h5")
    keep("volumes", volumes(), [floats(2, 5, 6, 4, 2)])
    keep("channels_first", channels_first(), [floats(2, 3, 8, 8)])
    keep("table", table(), [floats(4, 3), integers(4, 4, 1)])
    ids = integers(9, 2, 6)
    ids[0, 4:], ids[1, :2] = 0, 0
    keep("masked_self", masked("self"), [ids])
    keep("masked_cross", masked("cross"), [ids, floats(2, 4, 6)])
    keep("masked_additive", masked("additive"), [ids, floats(2, 4, 6)])
    memory = floats(2, 6, 6)
    memory[0, 2:4], memory[1, 0] = 0, 0
    keep("masked_composite", composite(), [ids, memory])
    keep("video", video(), [floats(2, 3, 7, 8, 2)])
    keep("operations", operations(), [floats(2, 3, 4), floats(2, 3, 4)])
    keep("cells", cells(), [floats(2, 4, 3, 6), floats(2, 4)])

path = os.path.join(FOLDER, "cases.json")
if LEGACY or ONLY:
    with open(path) as file:
        CASES = {**json.load(file), **CASES}
with open(path, "w") as file:
    json.dump(CASES, file, indent=1)
