// Loaded before an engine: lets ONNX Runtime compute with as many threads as BENCH_THREADS says.
const { InferenceSession } = require('onnxruntime-node');

const threads = Number(process.env.BENCH_THREADS);
const { create } = InferenceSession;
InferenceSession.create = (model, options) => create.call(InferenceSession, model, { ...options, intraOpNumThreads: threads });
