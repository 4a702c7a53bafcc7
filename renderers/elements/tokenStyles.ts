import { css } from 'lit';

/** How a token shows its sign where colours do not, and that it is pointed at or has the focus. */
export const tokenStyles = css`
  .contrast .positive {
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .contrast .negative {
    text-decoration: underline dashed;
    text-underline-offset: 3px;
  }
  .token:hover {
    outline: 1px solid var(--lens-muted);
  }
  .token:focus-visible {
    outline: 2px solid var(--lens-focus);
    outline-offset: 0;
  }
`;
