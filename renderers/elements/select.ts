import { css, html, LitElement } from 'lit';
import { property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { define } from './define';
import { baseStyles } from './styles';

export interface SelectOption {
  value: string;
  label: string;
  /** Shown in place of the label while it is the chosen one. */
  short?: string;
  /** What it is for, shown by browsers that show it. */
  title?: string;
  /** Options of a group stand together under its name. */
  group?: string;
  disabled?: boolean;
  /** Shown while it is the chosen one, and not in the list. */
  hidden?: boolean;
}

/**
 * A drop-down with a label for screen readers; fires `choose` with the value and shows `value` until that changes. It is a native select, since the
 * notebook leaves its keys alone and its list is not clipped by the output's edge.
 */
export class SelectElement extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: inline-block;
        max-width: 100%;
      }
      .box {
        display: inline-flex;
        align-items: center;
        max-width: 100%;
      }
      select {
        appearance: none;
        field-sizing: content;
        font: inherit;
        line-height: 18px;
        min-width: 0;
        max-width: 260px;
        padding: 2px 21px 2px 7px;
        text-overflow: ellipsis;
        color: var(--vscode-dropdown-foreground, var(--lens-foreground));
        background-color: var(--vscode-dropdown-background, transparent);
        border: 1px solid var(--vscode-dropdown-border, var(--lens-line));
        border-radius: 3px;
        cursor: pointer;
      }
      option,
      optgroup {
        color: var(--vscode-dropdown-foreground, var(--lens-foreground));
        background-color: var(--vscode-dropdown-listBackground, var(--vscode-dropdown-background));
      }
      option:disabled {
        color: var(--lens-muted);
      }
      .arrow {
        width: 6px;
        height: 6px;
        margin-left: -14px;
        margin-right: 8px;
        border: solid var(--vscode-dropdown-foreground, var(--lens-foreground));
        border-width: 0 1px 1px 0;
        transform: translateY(-2px) rotate(45deg);
        pointer-events: none;
      }
      select:disabled,
      select:disabled + .arrow {
        opacity: 0.55;
        cursor: default;
      }
    `,
  ];

  @property() accessor label = '';
  @property({ attribute: false }) accessor options: readonly SelectOption[] = [];
  @property() accessor value = '';
  @property({ type: Boolean }) accessor disabled = false;

  override render(): unknown {
    return html`<span class="box">
      <select aria-label=${this.label} ?disabled=${this.disabled} .value=${live(this.value)} @change=${this.onChange}>
        ${this.groups().map(([group, options]) => (group === undefined ? options.map(this.option) : html`<optgroup label=${group}>${options.map(this.option)}</optgroup>`))}
      </select>
      <span class="arrow"></span>
    </span>`;
  }

  /** The options by group, in the order of their first members. */
  private groups(): [string | undefined, SelectOption[]][] {
    const groups = new Map<string | undefined, SelectOption[]>();
    for (const option of this.options) groups.set(option.group, [...(groups.get(option.group) ?? []), option]);
    return [...groups];
  }

  private readonly option = (option: SelectOption): unknown => {
    const chosen = option.value === this.value;
    return html`<option value=${option.value} title=${option.title ?? ''} ?selected=${chosen} ?disabled=${option.disabled} ?hidden=${option.hidden}>${chosen ? (option.short ?? option.label) : option.label}</option>`;
  };

  private onChange(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    this.dispatchEvent(new CustomEvent('choose', { detail: value }));
    this.requestUpdate();
  }
}

define('lens-select', SelectElement);
