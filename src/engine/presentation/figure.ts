import { randomUUID } from 'node:crypto';
import type { AttributionBundle, AttributionView, CostInfo, InitialView, InputInfo, TargetInfo } from '../../protocol/output';
import { defaultPicture } from '../../visualization/defaultPicture';

/** What a figure shows; what is not known of its origin is left out. */
export interface FigureContent {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly views: AttributionView[];
  readonly initialView?: InitialView;
  readonly target?: TargetInfo;
  readonly inputs?: InputInfo[];
  readonly model?: { readonly name: string; readonly format: string };
  readonly runtime?: string;
  readonly cost?: CostInfo;
}

const NO_COST: CostInfo = { seconds: 0, forwardPasses: 0, gradientPasses: 0, rowsPerChunk: 0 };

/** A picture of attributions that a notebook shows as the value of a cell, or with `display`. */
export class Figure {
  /** One sentence that says what is shown. */
  readonly summary: string;
  readonly #content: FigureContent;
  #png?: Uint8Array;

  constructor(content: FigureContent) {
    this.summary = content.summary;
    this.#content = content;
  }

  /** The picture as a PNG file. */
  get png(): Uint8Array {
    return this.bundle().png;
  }

  /** What a notebook shows, under a new id. */
  bundle(): AttributionBundle {
    const { name, title, summary, views, initialView, target, inputs = [], model, runtime = '', cost = NO_COST } = this.#content;
    const output: AttributionBundle['output'] = {
      schema: 1,
      id: randomUUID(),
      summary,
      method: { name, title, options: {} },
      model: model ? { ...model } : { name: '', format: '' },
      runtime,
      inputs,
      examples: [{ target, views }],
      omittedExamples: 0,
      cost: { ...cost },
      figure: true,
      initialView,
    };
    this.#png ??= defaultPicture(output);
    return { output, png: this.#png };
  }
}
