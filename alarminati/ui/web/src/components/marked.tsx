import type { ReactNode } from "react";

/** A text with the searched words marked; the text stays data, never markup. */
export function Marked({ text, words }: { text: string; words: string }) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return text;
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return text;
  const parts: ReactNode[] = [];
  let at = 0;
  while (at < text.length) {
    const [next, word] = wanted
      .map((one): [number, string] => [lower.indexOf(one, at), one])
      .filter(([index]) => index >= 0)
      .sort(([a, one], [b, other]) => a - b || other.length - one.length)[0] ?? [-1, ""];
    if (next < 0) break;
    if (next > at) parts.push(text.slice(at, next));
    parts.push(<mark key={next}>{text.slice(next, next + word.length)}</mark>);
    at = next + word.length;
  }
  return [...parts, text.slice(at)];
}
