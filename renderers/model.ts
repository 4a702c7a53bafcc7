import type { AttributionOutput, ComparedOutput, ExampleOutput, ImageView, TabularView, TextRecordsView, TextView, TimeseriesView } from '../src/protocol/output';

/** An image view with its arrays decoded. */
export interface ImageModel extends Omit<ImageView, 'attributions' | 'image'> {
  /** Row-major H x W; may hold NaN. */
  attributions: Float32Array;
  /** The input as a PNG file whose header says W x H. */
  image?: Uint8Array;
}

/** A time series view with its arrays decoded: channels x length, row-major; may hold NaN. */
export interface TimeseriesModel extends Omit<TimeseriesView, 'values' | 'attributions'> {
  values: Float32Array;
  attributions: Float32Array;
}

export type ViewModel = ImageModel | TextView | TabularView | TimeseriesModel | TextRecordsView;

export interface ExampleModel extends Omit<ExampleOutput, 'views'> {
  /** At least one. */
  views: ViewModel[];
}

/** An output that was checked and decoded; strings in it are still untrusted text. */
export interface OutputModel extends Omit<AttributionOutput, 'examples' | 'compared'> {
  compared?: Omit<ComparedOutput, 'examples'> & { examples: ExampleModel[] };
  /** At least one. */
  examples: ExampleModel[];
}
