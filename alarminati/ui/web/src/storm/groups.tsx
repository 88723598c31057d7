import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { get } from "../api/client";
import type { AlarmList, AlarmRow, ClusterChip, Group } from "../api/schema";
import { useTexts } from "../i18n/texts";
import { useCommands } from "../keys/keyboard";
import { keyOf, pathOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { useMedia } from "../lib/media";
import { topsOf, useWindow } from "../lib/window";
import { reach } from "../store/feed";
import { type FeedQuery, listPath, split } from "../store/query";
import { GroupHead, GroupRow, KidRow, MoreRow } from "./rows";
import "../styles/storm.css";

const KIDS = 3;
const HEIGHTS = { group: [40, 56], kid: [36, 40], more: [36, 40] } as const;

type Line =
  | { kind: "group"; key: string; group: Group }
  | { kind: "kid"; key: string; row: AlarmRow }
  | { kind: "more"; key: string; group: Group; kids: readonly AlarmRow[] };

/** Put groups and the first alarms of those that are open into one list of lines. */
export function linesOf(groups: readonly Group[], kids: ReadonlyMap<string, readonly AlarmRow[]>): Line[] {
  return groups.flatMap((group): Line[] => {
    const inside = kids.get(group.q);
    const head: Line = { kind: "group", key: group.q, group };
    if (!inside) return [head];
    const rows = inside.slice(0, KIDS).map((row): Line => ({ kind: "kid", key: keyOf(row), row }));
    const more: Line[] = group.count > KIDS ? [{ kind: "more", key: `more ${group.q}`, group, kids: inside }] : [];
    return [head, ...rows, ...more];
  });
}

export interface GroupsProps {
  label: string;
  groups: readonly Group[];
  totalGroups: number;
  total: number;
  asked: FeedQuery;
  chips: ReadonlyMap<string, ClusterChip>;
  first: AlarmRow | undefined;
  change: (part: Partial<FeedQuery>) => void;
}

/** Groups instead of alarms: every one of them can be reached, the last as well as the first. */
export default function Groups({ label, groups, totalGroups, total, asked, chips, first, change }: GroupsProps) {
  const t = useTexts();
  const now = useNow();
  const [, navigate] = useLocation();
  const phone = useMedia("(max-width: 720px)");
  const element = useRef<HTMLDivElement>(null);
  const [kids, setKids] = useState<ReadonlyMap<string, readonly AlarmRow[]>>(new Map());
  const [cursor, setCursor] = useState("");
  const lines = useMemo(() => linesOf(groups, kids), [groups, kids]);
  const most = Math.max(1, ...groups.map((group) => group.count));
  const all = useMemo(() => topsOf(lines.map((line) => HEIGHTS[line.kind][phone ? 1 : 0])), [lines, phone]);
  const tops = useCallback((index: number) => all[index] ?? all.at(-1) ?? 0, [all]);
  const { first: begin, end, before, after, show } = useWindow(element, lines.length, tops);
  useEffect(() => {
    if (end >= lines.length) void reach(Math.min(totalGroups, groups.length + 100));
  }, [end, lines.length, totalGroups, groups.length]);

  const inside = (group: Group): FeedQuery => {
    const { words, matchers } = split(group.q);
    return {
      ...asked,
      group: [],
      words: [asked.words, words].filter(Boolean).join(" "),
      matchers: [...asked.matchers, ...matchers],
    };
  };
  const toggle = async (group: Group) => {
    if (kids.has(group.q)) {
      const rest = new Map(kids);
      rest.delete(group.q);
      setKids(rest);
      return;
    }
    const answer = await get<AlarmList>(listPath(inside(group), { limit: KIDS + 7 }));
    setKids((before) => new Map(before).set(group.q, answer.rows));
  };
  const at = Math.max(
    0,
    lines.findIndex((line) => line.key === cursor),
  );
  const step = (by: number) => {
    const index = Math.min(lines.length - 1, Math.max(0, cursor ? at + by : 0));
    const line = lines[index];
    if (!line) return;
    setCursor(line.key);
    show(index);
    requestAnimationFrame(() =>
      element.current
        ?.querySelector<HTMLElement>(`[data-line="${CSS.escape(line.key)}"]`)
        ?.focus({ preventScroll: true }),
    );
  };
  const open = () => {
    const line = lines[at];
    if (!line || !cursor) return false;
    if (line.kind === "group") void toggle(line.group);
    else if (line.kind === "kid") navigate(pathOf(line.row));
    else change(inside(line.group));
    return true;
  };
  useCommands({ down: () => step(1), up: () => step(-1), open });
  return (
    <div ref={element} className="list" id="list" role="tabpanel" aria-label={label}>
      <div role="treegrid" aria-label={t.groupList(label, totalGroups)} aria-rowcount={total}>
        <GroupHead />
        <div role="presentation" style={{ height: before }} />
        {lines.slice(begin, end).map((line) => {
          const shared = { line: line.key, stop: line.key === (cursor || lines[0]?.key), now, chips };
          if (line.kind === "group") {
            return (
              <GroupRow
                key={line.key}
                {...shared}
                group={line.group}
                open={kids.has(line.group.q)}
                most={most}
                onToggle={() => void toggle(line.group)}
              />
            );
          }
          if (line.kind === "kid") {
            return (
              <KidRow
                key={line.key}
                {...shared}
                row={line.row}
                first={first !== undefined && keyOf(first) === keyOf(line.row)}
              />
            );
          }
          return (
            <MoreRow
              key={line.key}
              {...shared}
              count={line.group.count - KIDS}
              kids={line.kids}
              onOpen={() => change(inside(line.group))}
            />
          );
        })}
        <div role="presentation" style={{ height: after }} />
      </div>
    </div>
  );
}
