import { LensError } from '../src/protocol/errors';
import type { TabularView, TextRecordsView, TextView } from '../src/protocol/output';
import { bytesFromBase64, floatsFromBase64 } from '../src/visualization/base64';
import { IMAGE_MODES } from '../src/visualization/composeImage';
import { ATTRIBUTION_SIGNS } from '../src/visualization/sign';
import type { ImageModel, TimeseriesModel, ViewModel } from './model';
import { MAX_NUMBERS, readNumbers, type Untrusted } from './read';

const MAX_SIDE = 8192;
const MAX_PIXELS = 4096 * 4096;
const MAX_PANELS = 24;
const MAX_OUTPUTS = 512;
const MAX_CHANNELS = 4096;
const MAX_VALUES = 2 ** 22;
const MAX_RECORDS = 500;

/**
 * Checks and decodes one view of an example.
 *
 * @throws LensError `invalid-argument` that names the field, what it must be and what it is.
 */
export function readView(view: Untrusted): ViewModel {
  switch (view.at('kind').choice(['image', 'text', 'tabular', 'timeseries', 'records'])) {
    case 'image':
      return readImage(view);
    case 'text':
      return readText(view);
    case 'tabular':
      return readTabular(view);
    case 'timeseries':
      return readTimeseries(view);
    case 'records':
      return readRecords(view);
  }
}

function readImage(view: Untrusted): ImageModel {
  const width = view.at('width').integer(1, MAX_SIDE);
  const height = view.at('height').integer(1, MAX_SIDE);
  const pixels = width * height;
  if (pixels > MAX_PIXELS) throw view.wrong(`of at most ${MAX_PIXELS} pixels`, `${width} x ${height}`);
  return {
    kind: 'image',
    name: view.at('name').string(),
    width,
    height,
    attributions: decoded(view.at('attributions'), (data) => floatsFromBase64(data, pixels)),
    image: view.at('image').optional((image) => {
      const bytes = decoded(image, bytesFromBase64);
      const size = pngSize(bytes);
      if (!size) throw image.wrong('a PNG file', 'something else');
      if (size.width !== width || size.height !== height) throw image.wrong(`a picture of ${width} x ${height}`, `${size.width} x ${size.height}`);
      return bytes;
    }),
    panels: view.at('panels').optional((panels) =>
      panels.list(MAX_PANELS, (panel) => ({
        mode: panel.at('mode').choice(IMAGE_MODES),
        sign: panel.at('sign').choice(ATTRIBUTION_SIGNS),
        title: panel.at('title').optional((title) => title.string()),
      })),
    ),
  };
}

function decoded<T>(value: Untrusted, decode: (data: string) => T): T {
  const data = value.data();
  try {
    return decode(data);
  } catch (error) {
    throw new LensError('invalid-argument', `${value.path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The size that the header of a PNG file claims, so that no picture larger than its view is unpacked. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const start = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (bytes.length < 33 || start.some((byte, i) => bytes[i] !== byte)) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset + 16, 8);
  return { width: header.getUint32(0), height: header.getUint32(4) };
}

function readText(view: Untrusted): TextView {
  const tokens = view.at('tokens').list(MAX_NUMBERS, (token) => token.string());
  return {
    kind: 'text',
    name: view.at('name').string(),
    tokens,
    attributions: readNumbers(view.at('attributions'), tokens.length),
    outputs: view.at('outputs').optional((outputs) => {
      const answer = outputs.at('tokens').list(MAX_OUTPUTS, (token) => token.string());
      const rows = outputs.at('attributions').list(MAX_OUTPUTS, (row) => readNumbers(row, tokens.length));
      if (rows.length !== answer.length) throw outputs.at('attributions').wrong(`a list of ${answer.length} rows`, `${rows.length}`);
      return { tokens: answer, attributions: rows };
    }),
  };
}

function readTimeseries(view: Untrusted): TimeseriesModel {
  const channels = view.at('channels').list(MAX_CHANNELS, (channel) => channel.string());
  const length = view.at('length').integer(1, MAX_VALUES);
  const size = channels.length * length;
  if (size === 0 || size > MAX_VALUES) throw view.wrong(`of 1 to ${MAX_VALUES} values`, `${channels.length} x ${length}`);
  return {
    kind: 'timeseries',
    name: view.at('name').string(),
    channels,
    length,
    x: view.at('x').optional((x) => readPlaces(x, length)),
    values: decoded(view.at('values'), (data) => floatsFromBase64(data, size)),
    attributions: decoded(view.at('attributions'), (data) => floatsFromBase64(data, size)),
  };
}

function readRecords(view: Untrusted): TextRecordsView {
  const records = view.at('records').list(MAX_RECORDS, (record) => {
    const tokens = record.at('tokens').list(MAX_NUMBERS, (token) => token.string());
    const text = (key: string): string | undefined => record.at(key).optional((value) => value.string());
    const number = (key: string): number | undefined => record.at(key).optional((value) => value.number());
    return {
      tokens,
      attributions: readNumbers(record.at('attributions'), tokens.length),
      trueClass: text('trueClass'),
      predClass: text('predClass'),
      predProb: number('predProb'),
      attrClass: text('attrClass'),
      attrScore: number('attrScore'),
      convergenceScore: number('convergenceScore'),
    };
  });
  return { kind: 'records', name: view.at('name').string(), records, legend: view.at('legend').boolean() };
}

function readTabular(view: Untrusted): TabularView {
  const features = view.at('features').list(MAX_NUMBERS, (feature) => feature.string());
  return {
    kind: 'tabular',
    name: view.at('name').string(),
    features,
    values: readNumbers(view.at('values'), features.length),
    attributions: readNumbers(view.at('attributions'), features.length),
  };
}

function readPlaces(list: Untrusted, length: number): number[] {
  const places = list.list(MAX_VALUES, (item) => item.number());
  if (places.length !== length) throw list.wrong(`a list of ${length} numbers`, `${places.length}`);
  if (places.some((place, index) => !Number.isFinite(place) || (index > 0 && !(place > places[index - 1])))) throw list.wrong('ascending numbers', 'others');
  return places;
}
