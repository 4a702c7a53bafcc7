import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributionCode } from '../../src/workbench/python/attributionCode';
import { forwardFunction } from '../../src/workbench/python/forwardFunction';
import { callOf, pathAt } from '../../src/workbench/python/pythonSource';

/** The path at the mark `|`. */
const at = (marked: string) => pathAt(marked.replace('|', ''), marked.indexOf('|'));

describe('names in Python code', () => {
  it('are found with the attributes and items up to the pointer', () => {
    assert.deepEqual(at('y = mod|el.layers[0].weight'), { path: ['model'], text: 'model', start: 4, end: 9 });
    assert.deepEqual(at('model.layers[0].wei|ght + 1')?.path, ['model', 'layers', 0, 'weight']);
    assert.deepEqual(at('model.lay|ers[0].weight')?.text, 'model.layers');
    assert.deepEqual(at('größ|e = 1')?.path, ['größe']);
  });

  it('are not found in strings, comments, keywords, numbers and after calls', () => {
    for (const code of ['# so|me', '"so|me"', "f'so|me'", '"""a\nso|me"""', 'ret|urn x', '1e|5', 'f().na|me', 'x[i].na|me']) assert.equal(at(code), undefined, code);
    assert.deepEqual(at('"a" + so|me  # "b"')?.path, ['some']);
  });
});

describe('calls in Python code', () => {
  it('are taken apart at the commas between arguments', () => {
    assert.deepEqual(callOf('model(f(x, y), [1, 2], z)'), { model: 'model', arguments: [{ text: 'f(x, y)' }, { text: '[1, 2]' }, { text: 'z' }], behind: '' });
    assert.deepEqual(callOf(' self.nets[0](x)\n'), { model: 'self.nets[0]', arguments: [{ text: 'x' }], behind: '' });
  });

  it('have keyword arguments, and steps behind them', () => {
    assert.deepEqual(callOf('net(a == b, mask=m, **rest).logits[0]'), { model: 'net', arguments: [{ text: 'a == b' }, { keyword: 'mask', text: 'm' }, { text: '**rest' }], behind: '.logits[0]' });
  });

  it('are nothing else', () => {
    for (const code of ['x', 'f(x) + g(y)', 'f(x', '(x)', 'f(x)(y']) assert.equal(callOf(code), undefined, code);
  });
});

describe('the code of an attribution', () => {
  const call = { model: 'net', inputs: ['x'], arguments: [], shapes: [[1, 3, 64, 64]], predictions: [{ index: [3], score: 1 }, { index: [0], score: 0.5 }] };
  const line = (code: string) => code.split('\n\n')[1];

  it('computes the predicted class, and names another one', () => {
    assert.equal(line(attributionCode(call, { target: [3] })), 'IntegratedGradients(net).attribute(x, target=net(x).argmax(1))');
    assert.equal(line(attributionCode(call, { target: [0] })), 'IntegratedGradients(net).attribute(x, target=0)');
    assert.equal(line(attributionCode({ ...call, predictions: [] }, {})), 'IntegratedGradients(net).attribute(x)');
    assert.equal(line(attributionCode({ ...call, predictions: [{ index: [1, 4], score: 1 }] }, {})), 'IntegratedGradients(net).attribute(x, target=(1, 4))');
  });

  it('calls a wrapped model by parameters that hide nothing that the function refers to', () => {
    const given = (keyword: string | null, text: string, role: 'input' | 'tensor' | 'constant', parameter: string | null = null) => ({ keyword, text, role, parameter });
    assert.equal(
      forwardFunction('net.body', { name: 'forward_func', scores: "['out']", arguments: [given(null, 'rows[0]', 'tensor', 'mask'), given('x', 'image', 'input'), given('net', 'z', 'tensor'), given('scale', 'x_ * 2', 'constant'), given(null, 'x', 'input')] }),
      "def forward_func(x, x__, mask, net_):\n    return net.body(mask, x=x, net=net_, scale=x_ * 2, x__)['out']",
    );
  });

  it('multiplies expressions as a whole', () => {
    assert.match(attributionCode({ ...call, inputs: ['x + 1'] }, { method: 'GradientShap' }), /attribute\(x \+ 1, baselines=\(x \+ 1\) \* 0, /);
    assert.match(attributionCode({ ...call, inputs: ["batch['x']"] }, { method: 'GradientShap' }), /baselines=batch\['x'\] \* 0, /);
  });

  it('calls Keras as Keras is called', () => {
    const keras = { ...call, model: 'net', framework: 'keras' as const, inputs: ['a', 'b'], called: '[a, b]', asNumpy: '.numpy()', shapes: [[1, 64, 64, 3], [1, 4]] };
    assert.equal(line(attributionCode(keras, { target: [3] })), 'IntegratedGradients(net).attribute((a, b), target=net([a, b]).numpy().argmax(1))');
    assert.match(attributionCode(keras, { method: 'LayerGradCam', options: { layer: 'conv/1' } }), /LayerGradCam\(net, net\.get_layer\('conv\/1'\)\)/);
    assert.match(attributionCode(keras, { method: 'Occlusion' }), /sliding_window_shapes=\(\(8, 8, 3\), \(1,\)\),\n    strides=\(\(4, 4, 3\), \(1,\)\)/);
  });

  it('gives what methods need', () => {
    assert.equal(line(attributionCode(call, { method: 'LayerGradCam', options: { layer: 'layer1.0.conv' } })), 'LayerGradCam(net, net.layer1[0].conv).attribute(x, target=net(x).argmax(1))');
    assert.match(attributionCode(call, { method: 'Occlusion' }), /sliding_window_shapes=\(3, 8, 8\), strides=\(3, 4, 4\)/);
    assert.match(attributionCode(call, { method: 'Saliency', options: { ntType: 'vargrad' } }), /^from attribution_lens\.attr import NoiseTunnel, Saliency\n\nNoiseTunnel\(Saliency\(net\)\)\.attribute\(x, nt_type='vargrad', nt_samples=10, /);
    assert.match(attributionCode({ ...call, inputs: ['a', 'b'], arguments: ['m'] }, {}), /attribute\(\(a, b\), target=net\(a, b, m\)\.argmax\(1\), additional_forward_args=\(m,\)\)/);
  });
});
