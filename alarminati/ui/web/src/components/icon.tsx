import type { ReactNode } from "react";

/* Drawn on a grid of 16 px with strokes of 1.3 to 1.7 px; filled shapes only for CRITICAL and ERROR. */
const DRAWINGS = {
  critical: (
    <>
      <path
        fill="currentColor"
        stroke="none"
        fillRule="evenodd"
        d="M5.3.9h5.4l4.4 4.4v5.4l-4.4 4.4H5.3L.9 10.7V5.3zM7 3.9l.3 5.1h1.4L9 3.9zM8 10.3a1.05 1.05 0 1 0 0 2.1 1.05 1.05 0 0 0 0-2.1z"
      />
    </>
  ),
  error: (
    <>
      <path
        fill="currentColor"
        stroke="none"
        fillRule="evenodd"
        d="M8 .9c.5 0 .9.25 1.15.7l6.2 11.3c.5.9-.1 2-1.15 2H1.8c-1.05 0-1.65-1.1-1.15-2L6.85 1.6C7.1 1.15 7.5.9 8 .9zM7.1 5.4l.25 4.5h1.3l.25-4.5zM8 11.1a1 1 0 1 0 0 2 1 1 0 0 0 0-2z"
      />
    </>
  ),
  warning: (
    <>
      <path d="M8 1.8 14.9 14H1.1z" strokeWidth="1.6" />
      <path d="M8 6.3v3.4" strokeWidth="1.6" />
      <circle cx="8" cy="11.8" r=".9" fill="currentColor" stroke="none" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.4" />
      <path d="M8 7.4v4" />
      <circle cx="8" cy="4.8" r=".95" fill="currentColor" stroke="none" />
    </>
  ),
  resolved: (
    <>
      <path d="m2.6 8.6 3.5 3.6 7.3-8" strokeWidth="2" />
    </>
  ),
  silent: (
    <>
      <circle cx="8" cy="8" r="5.6" strokeWidth="2.6" />
    </>
  ),
  live: (
    <>
      <circle cx="8" cy="8" r="4" fill="currentColor" stroke="none" />
    </>
  ),
  late: (
    <>
      <circle cx="8" cy="8" r="5.2" />
      <path d="M8 2.8a5.2 5.2 0 0 1 0 10.4z" fill="currentColor" stroke="none" />
    </>
  ),
  "p-alarms": (
    <>
      <path d="M3 11.8h10c-1.2-1.2-1.5-2.4-1.5-4.6a3.5 3.5 0 0 0-7 0c0 2.2-.3 3.4-1.5 4.6z" strokeWidth="1.3" />
      <path d="M6.6 14h2.8M8 3.7V2.2" strokeWidth="1.3" />
    </>
  ),
  "p-clusters": (
    <>
      <circle cx="8" cy="3.6" r="2" strokeWidth="1.3" />
      <circle cx="3.6" cy="11.6" r="2" strokeWidth="1.3" />
      <circle cx="12.4" cy="11.6" r="2" strokeWidth="1.3" />
      <path d="M7 5.4 4.6 9.8M9 5.4l2.4 4.4M5.6 11.6h4.8" strokeWidth="1.3" />
    </>
  ),
  "p-channels": (
    <>
      <path d="M14 2 7.2 8.8M14 2 9.8 14 7.2 8.8 2 6.2z" strokeWidth="1.3" />
    </>
  ),
  "p-silences": (
    <>
      <path
        d="M3 11.8h7.6M4.5 7.2c0 2.2-.3 3.4-1.5 4.6M5.4 4.8a3.5 3.5 0 0 1 6.1 2.4c0 1 .06 1.8.26 2.5M6.6 14h2.8M8 3.7V2.2M2.4 2.4l11.2 11.2"
        strokeWidth="1.3"
      />
    </>
  ),
  "p-stats": (
    <>
      <path d="M2.5 13.5h11M4.2 11V7.6M8 11V3M11.8 11V5.6" strokeWidth="1.3" />
    </>
  ),
  "p-settings": (
    <>
      <path d="M2 4.6h6.2M12 4.6h2M2 11.4h2M7.8 11.4H14" strokeWidth="1.3" />
      <circle cx="10.1" cy="4.6" r="1.8" strokeWidth="1.3" />
      <circle cx="5.9" cy="11.4" r="1.8" strokeWidth="1.3" />
    </>
  ),
  "p-join": (
    <>
      <path d="M8 3v10M3 8h10" strokeWidth="1.3" />
    </>
  ),
  "p-more": (
    <>
      <g fill="currentColor" stroke="none">
        <circle cx="3.2" cy="8" r="1.2" />
        <circle cx="8" cy="8" r="1.2" />
        <circle cx="12.8" cy="8" r="1.2" />
      </g>
    </>
  ),
  check: (
    <>
      <path d="m3 8.4 3.3 3.4L13 4.8" />
    </>
  ),
  mute: (
    <>
      <path d="M2.6 6h2.2L8 3.2v9.6L4.8 10H2.6zM10.8 6l3.4 4M14.2 6l-3.4 4" />
    </>
  ),
  note: (
    <>
      <path d="M2.5 3.2h11v7.6H7.6L4.6 13.4v-2.6H2.5z" />
    </>
  ),
  right: (
    <>
      <path d="m6 3.5 4.5 4.5L6 12.5" />
    </>
  ),
  left: (
    <>
      <path d="M10 3.5 5.5 8l4.5 4.5" />
    </>
  ),
  sent: (
    <>
      <path d="m3 8.4 3.3 3.4L13 4.8" strokeWidth="1.7" />
    </>
  ),
  deploy: (
    <>
      <path d="M8 1.8 13.6 5v6L8 14.2 2.4 11V5zM2.6 5.1 8 8.2l5.4-3.1M8 8.2v5.8" strokeWidth="1.3" />
    </>
  ),
  again: (
    <>
      <path d="M3 7.2A5.2 5.2 0 0 1 12.4 5M13 8.8A5.2 5.2 0 0 1 3.6 11M12.8 2.2v3h-3M3.2 13.8v-3h3" />
    </>
  ),
  gap: (
    <>
      <path d="M1.5 8 4 5l2.6 6L9.4 5 12 11l2.5-3" />
    </>
  ),
  eye: (
    <>
      <path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z" strokeWidth="1.3" />
      <circle cx="8" cy="8" r="1.9" strokeWidth="1.3" />
    </>
  ),
  steps: (
    <>
      <path d="M2.5 13.2H6V9.6h3.6V6h3.9V2.6" />
    </>
  ),
  book: (
    <>
      <path d="M3 2.8h8.2c1 0 1.8.8 1.8 1.8v8.6H4.6A1.6 1.6 0 0 1 3 11.6zM3 11.4c0-.9.7-1.6 1.6-1.6H13" />
    </>
  ),
  chart: (
    <>
      <path d="M2.5 2.5v11h11M5 9.8l2.6-3 2.2 1.8 3.2-4.2" />
    </>
  ),
  logs: (
    <>
      <path d="M3 4h10M3 8h10M3 12h6" />
    </>
  ),
  route: (
    <>
      <circle cx="3.6" cy="12" r="1.6" />
      <circle cx="12.4" cy="4" r="1.6" />
      <path d="M3.6 10.4V7.2c0-1.8 1-3.2 3-3.2h4.2" />
    </>
  ),
  logo: (
    <>
      <path d="M8 1.6 15 13.9H1z" strokeWidth="1.25" />
      <path d="M4.9 9.9S6.2 8.1 8 8.1s3.1 1.8 3.1 1.8-1.3 1.8-3.1 1.8-3.1-1.8-3.1-1.8z" strokeWidth="1" />
      <circle cx="8" cy="9.9" r=".8" fill="currentColor" stroke="none" />
    </>
  ),
  plus: (
    <>
      <path d="M8 3.4v9.2M3.4 8h9.2" />
    </>
  ),
  refused: (
    <>
      <path d="m4 4 8 8M12 4l-8 8" strokeWidth="1.7" />
    </>
  ),
  off: (
    <>
      <path d="M2 5.6a9 9 0 0 1 12 0M4.2 8.4a5.6 5.6 0 0 1 7.6 0M6.4 11.2a2.4 2.4 0 0 1 3.2 0M2.6 2.6l10.8 10.8" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.4" />
      <path d="m10.4 10.4 3.4 3.4" />
    </>
  ),
  close: (
    <>
      <path d="m3.5 3.5 9 9M12.5 3.5l-9 9" />
    </>
  ),
  up: (
    <>
      <path d="M8 13V3.4M3.8 7.4 8 3.2l4.2 4.2" />
    </>
  ),
  expand: (
    <>
      <path d="M9.5 2.8h3.7v3.7M13 3 9.4 6.6M6.5 13.2H2.8V9.5M3 13l3.6-3.6" />
    </>
  ),
  sort: (
    <>
      <path d="M2.5 4.5h11M2.5 8h7.5M2.5 11.5h4" />
    </>
  ),
  group: (
    <>
      <path d="M2.5 3.5h11v3.4h-11zM5 9.4h8.5M5 12.5h8.5" />
    </>
  ),
  wait: (
    <>
      <g fill="currentColor" stroke="none">
        <circle cx="3.4" cy="8" r="1.2" />
        <circle cx="8" cy="8" r="1.2" />
        <circle cx="12.6" cy="8" r="1.2" />
      </g>
    </>
  ),
  hushed: (
    <>
      <path d="M4 8h8" strokeWidth="1.7" />
    </>
  ),
  copy: (
    <>
      <path d="M5.5 5.5h8v8h-8zM10.5 5.3V2.5h-8v8h2.8" />
    </>
  ),
  paste: (
    <>
      <path d="M5.4 3.4H3.2v10.2h9.6V3.4h-2.2M5.8 2.2h4.4v2.6H5.8z" />
    </>
  ),
  play: (
    <>
      <path d="M4.5 3v10l8-5z" />
    </>
  ),
  term: (
    <>
      <path d="M2 3h12v10H2zM4.6 6.2 6.6 8l-2 1.8M8.4 10h3" />
    </>
  ),
  ended: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="m4 12 8-8" />
    </>
  ),
  later: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.6V8l2.4 1.6" />
    </>
  ),
  first: (
    <>
      <path d="M4 14V2.4M4 3h8l-2 2.6L12 8.2H4" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof DRAWINGS;

/** A drawing beside a text that says the same; hidden from screen readers. */
export function Icon({ name, className }: { name: IconName; className?: string | undefined }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={className}>
      {DRAWINGS[name]}
    </svg>
  );
}
