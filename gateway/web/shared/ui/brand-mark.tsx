export const BrandMark = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--act)" />
    <path d="M18.5 4.5 8 18h6.6l-1.8 9.5L24 13.2h-7z" fill="var(--on-act)" />
  </svg>
);
