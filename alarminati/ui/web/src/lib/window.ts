import { type RefObject, useCallback, useLayoutEffect, useMemo, useState } from "react";

/** The lines of a long list that are in the document, and the room of those that are not. */
export interface Window {
  first: number;
  /** One past the last line. */
  end: number;
  before: number;
  after: number;
  /** Scroll a line into sight, clear of what covers the edges. */
  show(index: number): void;
}

const BEYOND = 10;

/** Find the line at a height by its tops, which grow. */
export function lineAt(tops: (index: number) => number, count: number, height: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops(middle + 1) <= height) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return the tops of lines of different heights, with the height of all as the last. */
export function topsOf(heights: readonly number[]): readonly number[] {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) ?? 0) + height);
  return tops;
}

/** Follow a scrolling element and choose the lines to draw; `tops` gives the top of any line. */
export function useWindow(
  element: RefObject<HTMLElement | null>,
  count: number,
  tops: (index: number) => number,
): Window {
  const [view, setView] = useState({ top: 0, height: 900 });
  useLayoutEffect(() => {
    const list = element.current;
    if (!list) return;
    const look = () => setView({ top: list.scrollTop, height: list.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(list);
    list.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      list.removeEventListener("scroll", look);
    };
  }, [element]);
  const show = useCallback(
    (index: number) => {
      const list = element.current;
      if (!list) return;
      const [top, bottom] = [tops(index), tops(index + 1)];
      const room = bottom - top;
      if (top - room < list.scrollTop) list.scrollTop = Math.max(0, top - room);
      else if (bottom + room > list.scrollTop + list.clientHeight) list.scrollTop = bottom + room - list.clientHeight;
    },
    [element, tops],
  );
  return useMemo(() => {
    const first = Math.max(0, lineAt(tops, count, view.top) - BEYOND);
    const end = Math.min(count, lineAt(tops, count, view.top + view.height) + 1 + BEYOND);
    return { first, end, before: tops(first), after: tops(count) - tops(end), show };
  }, [tops, count, view, show]);
}
