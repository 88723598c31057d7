import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { AlarmRow, ClusterChip } from "../api/schema";
import { Row, type RowHandlers } from "../components/row";
import { commonLabels, keyOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { appearance } from "../lib/preferences";
import { usePart } from "../lib/store";
import { useWindow } from "../lib/window";
import { reach } from "../store/feed";
import type { Chosen } from "./selection";

const NARROW = 780;
const HEIGHTS = { normal: 40, dense: 28, roomy: 56 };
const NARROW_HEIGHT = 64;
const AHEAD = 40;
const SKELETON_MS = 150;

/** Follow the width of the list, which decides between one line and two. */
function useRowHeight(element: React.RefObject<HTMLElement | null>): number {
  const density = usePart(appearance, (value) => value.density);
  const [narrow, setNarrow] = useState(false);
  useLayoutEffect(() => {
    const list = element.current;
    if (!list) return;
    const look = () => setNarrow(list.clientWidth < NARROW);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(list);
    return () => observer.disconnect();
  }, [element]);
  return narrow ? NARROW_HEIGHT : HEIGHTS[density];
}

/** Rows that are not here yet; a short wait shows nothing, for a flash says less than nothing. */
function useLate(waiting: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waiting) return setLate(false);
    const timer = setTimeout(() => setLate(true), SKELETON_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  return late;
}

function Skeleton() {
  return (
    <div className="row skel" aria-hidden="true">
      <span />
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}

export interface ListProps {
  label: string;
  rows: readonly AlarmRow[];
  total: number;
  chips: ReadonlyMap<string, ClusterChip>;
  words: string;
  cursor: string;
  /** Counts the moves of the cursor by keyboard: each one takes the focus along. */
  moves: number;
  open: string;
  chosen: Chosen;
  matches: ReadonlySet<string>;
  on: RowHandlers;
  onScrolled: (away: boolean) => void;
  waiting: boolean;
  foot: React.ReactNode;
}

/** The list of alarms: only the rows in sight are in the document. */
export function List(props: ListProps) {
  const { rows, total, chips, cursor, moves, chosen, on, waiting } = props;
  const now = useNow();
  const element = useRef<HTMLDivElement>(null);
  const height = useRowHeight(element);
  const late = useLate(waiting && rows.length === 0);
  const count = waiting && rows.length === 0 ? (late ? 8 : 0) : Math.max(total, rows.length);
  const tops = useCallback((index: number) => index * height, [height]);
  const { first, end, before, after, show } = useWindow(element, count, tops);
  useEffect(() => {
    if (end) void reach(Math.min(total, end + AHEAD));
  }, [end, total]);
  // Only a move by keyboard scrolls and takes the focus; rows that come and go do not.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the cursor is read at the time of a move
  useEffect(() => {
    if (!moves) return;
    const index = rows.findIndex((row) => keyOf(row) === cursor);
    if (index < 0) return;
    show(index);
    const before = document.activeElement;
    requestAnimationFrame(() => {
      // A dialog that opened meanwhile has taken the focus, and keeps it.
      const now = document.activeElement;
      if (now !== before && now !== document.body && !element.current?.contains(now)) return;
      element.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(cursor)}"]`)?.focus({ preventScroll: true });
    });
  }, [moves]);
  const common = useMemo(() => commonLabels(rows.slice(0, 50)), [rows]);
  const projects = useMemo(() => new Set([...chips.values()].map((chip) => chip.project)).size > 1, [chips]);
  const shown = useMemo(() => new Set(rows.map(keyOf)), [rows]);
  const stop = shown.has(cursor) ? cursor : rows[0] ? keyOf(rows[0]) : "";
  return (
    <div
      ref={element}
      className={chosen.keys.size ? "list selecting" : "list"}
      id="list"
      role="tabpanel"
      aria-label={props.label}
      onScroll={(event) => props.onScrolled(event.currentTarget.scrollTop > 0)}
    >
      <div role="grid" aria-label={props.label} aria-rowcount={total} aria-multiselectable="true" aria-busy={waiting}>
        <div role="presentation" style={{ height: before }} />
        {Array.from({ length: end - first }, (_, place) => {
          const index = first + place;
          const row = rows[index];
          if (!row) return <Skeleton key={`late ${index}`} />;
          const key = keyOf(row);
          return (
            <Row
              key={key}
              row={row}
              index={index}
              now={now}
              chip={chips.get(row.cluster)}
              projects={projects}
              common={common}
              words={props.words}
              cursor={key === stop}
              open={key === props.open}
              checked={chosen.all || chosen.keys.has(key)}
              match={props.matches.has(key)}
              on={on}
            />
          );
        })}
        <div role="presentation" style={{ height: after }} />
      </div>
      {!waiting && rows.length >= total && props.foot}
    </div>
  );
}
