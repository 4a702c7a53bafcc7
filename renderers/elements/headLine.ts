import { css, html, LitElement, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import { formatDimensions, targetDetail, targetName } from '../format';
import type { ExampleModel, ImageModel, OutputModel } from '../model';
import { define } from './define';
import { baseStyles } from './styles';

/** One line that says what was computed, for which class, with which probability, on which model and input. */
export class HeadLine extends LitElement {
  static override styles = [
    baseStyles,
    css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 12px;
      }
      b {
        font-weight: 600;
      }
      .detail {
        white-space: nowrap;
      }
      .method {
        font-size: 1.08em;
      }
      header > span {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .pager {
        display: flex;
        align-items: baseline;
        gap: 2px;
        margin-left: auto;
      }
      .pager button {
        padding: 0 6px;
      }
    `,
  ];

  @property({ attribute: false }) accessor output!: OutputModel;
  @property({ attribute: false }) accessor example!: ExampleModel;
  @property({ type: Number }) accessor index = 0;

  override render(): unknown {
    const { target } = this.example;
    return html`<header>
      <span><b class="method">${this.output.method.title}</b>${target
          ? html` of <b>${targetName(target)}</b> <span class="muted num detail">(${targetDetail(target)})</span>`
          : this.neuron()}</span>
      <span class="muted num">${[this.output.model.name, this.inputs(), this.features()].filter(Boolean).join(' · ')}</span>
      ${this.pager()}
    </header>`;
  }

  /** The neuron that is explained in place of the output. */
  private neuron(): unknown {
    const { layer, neuronSelector } = this.output.method.options;
    return neuronSelector === undefined ? nothing : html` of <b>neuron [${neuronSelector}]</b> <span class="muted num">(${layer})</span>`;
  }

  /** What was perturbed together: superpixels, units of a layer, or a mask that the cell gave. */
  private features(): string {
    const { featureMask, layerMask = featureMask } = this.output.method.options;
    if (layerMask === undefined) return '';
    return layerMask === 'given mask' ? 'features of a given mask' : String(layerMask);
  }

  private inputs(): string {
    const { inputs } = this.output;
    const [view] = this.example.views;
    if (inputs.length <= 1 && view.kind === 'image') return `${inputs[0]?.name ?? view.name} ${sizeOf(view, inputs[0]?.shape)}`;
    if (inputs.length <= 1 && view.kind === 'text') return `${inputs[0]?.name ?? view.name}, ${view.tokens.length} tokens`;
    if (inputs.length <= 1 && view.kind === 'timeseries') return `${inputs[0]?.name ?? view.name}, ${view.channels.length} × ${view.length} points`;
    if (view.kind === 'records') return `${view.records.length} ${view.records.length === 1 ? 'text' : 'texts'}`;
    return inputs.map((input) => `${input.name} ${formatDimensions(input.shape)}`).join(', ');
  }

  private pager(): unknown {
    const { examples, omittedExamples } = this.output;
    const count = examples.length;
    if (count < 2 && omittedExamples === 0) return nothing;
    const index = Math.min(this.index, count - 1);
    const omitted = omittedExamples > 0 ? ` (${omittedExamples} more not shown)` : '';
    const go = (to: number): void => void this.dispatchEvent(new CustomEvent('show-example', { detail: to }));
    return html`<span class="pager num" role="group" aria-label="Examples of the batch">
      <button class="link" aria-label="Previous example" ?disabled=${index === 0} @click=${() => go(index - 1)}>‹</button>
      <span class="muted" aria-live="polite">Example ${index + 1} of ${count}${omitted}</span>
      <button class="link" aria-label="Next example" ?disabled=${index === count - 1} @click=${() => go(index + 1)}>›</button>
    </span>`;
  }
}

/** The size of a picture, and that of the input where the picture is reduced. */
function sizeOf({ width, height }: ImageModel, shape: readonly number[] = []): string {
  const drawn = formatDimensions([width, height]);
  const isReduced = shape.length > 2 && !(shape.includes(width) && shape.includes(height));
  return isReduced ? `${formatDimensions(shape.slice(1))}, drawn as ${drawn}` : drawn;
}

define('lens-head-line', HeadLine);
