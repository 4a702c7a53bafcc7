import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
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
      .hint {
        margin-left: 6px;
        white-space: nowrap;
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
  /** Whether a choice costs a computation: the keys that change a closed list only browse it, and Enter chooses. */
  @property({ type: Boolean }) accessor costly = false;
  /** What the keys have come to, until Enter. */
  @state() private accessor browsed: string | undefined;
  @query('select') private accessor select!: HTMLSelectElement;
  private isBrowsing = false;
  private hadFocus = false;

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('value')) this.browsed = undefined;
    if (changed.has('disabled') && this.disabled && this.hasUpdated) this.hadFocus = this.select.matches(':focus');
  }

  /** A list that could not be used while it was computed gets the focus back, unless it went elsewhere. */
  override updated(changed: PropertyValues): void {
    if (!changed.has('disabled') || this.disabled || !this.hadFocus) return;
    this.hadFocus = false;
    if (document.activeElement === null || document.activeElement === document.body) this.select.focus({ preventScroll: true });
  }

  override render(): unknown {
    return html`<span class="box">
      <select
        aria-label=${this.label}
        aria-description=${this.costly ? 'Enter computes' : nothing}
        ?disabled=${this.disabled}
        .value=${live(this.browsed ?? this.value)}
        @change=${this.onChange}
        @keydown=${this.onKeyDown}
        @pointerdown=${() => (this.isBrowsing = false)}
        @blur=${this.stopBrowsing}
      >
        ${this.groups().map(([group, options]) => (group === undefined ? options.map(this.option) : html`<optgroup label=${group}>${options.map(this.option)}</optgroup>`))}
      </select>
      <span class="arrow"></span>
    </span>${this.browsed === undefined ? nothing : html`<span class="hint muted">Enter computes</span>`}`;
  }

  /** The options by group, in the order of their first members. */
  private groups(): [string | undefined, SelectOption[]][] {
    const groups = new Map<string | undefined, SelectOption[]>();
    for (const option of this.options) groups.set(option.group, [...(groups.get(option.group) ?? []), option]);
    return [...groups];
  }

  private readonly option = (option: SelectOption): unknown => {
    const chosen = option.value === (this.browsed ?? this.value);
    return html`<option value=${option.value} title=${option.title ?? ''} ?selected=${chosen} ?disabled=${option.disabled} ?hidden=${option.hidden}>${chosen ? (option.short ?? option.label) : option.label}</option>`;
  };

  private onChange(): void {
    const { value } = this.select;
    if (this.isBrowsing) this.browsed = value === this.value ? undefined : value;
    else this.choose(value);
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter' && this.browsed !== undefined) {
      event.preventDefault();
      this.choose(this.browsed);
    } else if (event.key === 'Escape' && this.browsed !== undefined) {
      event.stopPropagation();
      this.stopBrowsing();
    } else this.isBrowsing = this.costly && !OPENS_LISTS && !event.altKey && event.key !== ' ' && event.key !== 'F4' && event.key !== 'Enter';
  }

  private choose(value: string): void {
    this.stopBrowsing();
    this.dispatchEvent(new CustomEvent('choose', { detail: value }));
    this.requestUpdate();
  }

  private stopBrowsing(): void {
    this.isBrowsing = false;
    this.browsed = undefined;
  }
}

/** On macOS the arrow keys open a list in place of changing it. */
const OPENS_LISTS = navigator.userAgent.includes('Mac');

define('lens-select', SelectElement);
