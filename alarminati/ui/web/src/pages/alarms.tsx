import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useActs } from "../alarm/use-acts";
import type { AlarmRow, Summary } from "../api/schema";
import { Composer, Groups, Pane, StormHead } from "../chunks";
import { Strip } from "../components/strip";
import { toast } from "../components/toast";
import { useAddress } from "../feed/address";
import { Empty } from "../feed/empty";
import { useFeedKeys } from "../feed/feed-keys";
import { List } from "../feed/list";
import { Selecting } from "../feed/selecting";
import { useSelection } from "../feed/selection";
import { GROUPING, TAB_TEXTS, Tabs } from "../feed/tabs";
import { Tools } from "../feed/tools";
import { useTexts } from "../i18n/texts";
import { keyOf, pathOf, targetOf } from "../lib/alarms";
import { useWide } from "../lib/media";
import { useStore } from "../lib/store";
import { ask, feed, hold, showFresh } from "../store/feed";
import { matcher, searchOf } from "../store/query";

const NO_MATCHES: ReadonlySet<string> = new Set();
const AT_ONCE = 1000;
const grouped = { storm: 0 };

/** The alarms: strip, tabs, tools, the list, and beside it the open alarm or the composer. */
export function AlarmsPage({ summary }: { summary: Summary }) {
  const t = useTexts();
  const wide = useWide();
  const [, navigate] = useLocation();
  const { asked, open, change, show } = useAddress();
  const state = useStore(feed);
  const { rows } = state;
  const selection = useSelection(rows);
  const { chosen, clear } = selection;
  const [cursor, setCursor] = useState("");
  const [moves, setMoves] = useState(0);
  const [scrolled, setScrolled] = useState(false);
  const [composing, setComposing] = useState(false);
  const [matches, setMatches] = useState(NO_MATCHES);
  const field = useRef<HTMLInputElement>(null);
  const opened = wide ? open : "";

  useEffect(() => ask(asked), [asked]);
  useEffect(() => hold(scrolled || chosen.keys.size > 0 || Boolean(opened)), [scrolled, chosen, opened]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other rows
  useEffect(() => clear(), [asked, clear]);
  useEffect(() => {
    if (!chosen.keys.size && !opened) setComposing(false);
  }, [chosen, opened]);

  /* A storm is read by groups; who undoes that is not asked twice in the same storm. */
  const storm = summary.storm && !summary.storm.end_ms ? summary.storm.start_ms : 0;
  const plain = asked.group.length === 0 && !searchOf(asked) && !asked.clusters.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once a storm
  useEffect(() => {
    if (!storm || grouped.storm === storm) return;
    grouped.storm = storm;
    if (plain && asked.tab === "todo") change({ group: GROUPING });
  }, [storm]);

  const place = useCallback((key: string) => {
    setCursor(key);
    setMoves((count) => count + 1);
  }, []);
  const openRow = useCallback(
    (row: AlarmRow) => {
      setCursor(keyOf(row));
      if (row.kind === "silent") navigate(`/clusters#${row.cluster}`);
      else if (wide) show(keyOf(row));
      else navigate(pathOf(row));
    },
    [wide, show, navigate],
  );
  const on = useMemo(
    () => ({
      open: openRow,
      check: (row: AlarmRow, range: boolean) => {
        setCursor(keyOf(row));
        selection.toggle(keyOf(row), range);
      },
      filter: (name: string, value: string, exclude: boolean) =>
        change({ matchers: [...asked.matchers, matcher(name, value, exclude)] }),
    }),
    [openRow, selection.toggle, change, asked.matchers],
  );

  const targets = () => {
    if (chosen.all) {
      const all = { tab: asked.tab, q: searchOf(asked), clusters: [...asked.clusters] };
      return { rows: [], selection: all, count: state.total };
    }
    const keys = chosen.keys.size ? chosen.keys : new Set([opened || cursor]);
    const found = rows.filter((row) => keys.has(keyOf(row)));
    return { rows: found, selection: null, count: found.length };
  };
  /* What was handled leaves; the hand finds the next one where it was. */
  const advance = () => {
    if (chosen.keys.size) return clear();
    const index = rows.findIndex((row) => keyOf(row) === (opened || cursor));
    const next = rows[index + 1] ?? rows[index - 1];
    if (!next) return show("");
    place(keyOf(next));
    if (opened) show(keyOf(next));
  };
  const { acts, dialogs } = useActs(
    targets,
    () => setComposing(true),
    (kind) => {
      if (asked.tab === "todo" && ["ack", "done", "snooze", "resolve"].includes(kind)) advance();
    },
  );
  const step = (by: number) => {
    const at = rows.findIndex((row) => keyOf(row) === (opened || cursor));
    const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (!next) return "";
    place(keyOf(next));
    if (opened && next.kind !== "silent") show(keyOf(next));
    return keyOf(next);
  };
  const inGroups = asked.group.length > 0;
  useFeedKeys({
    acts,
    step,
    grouped: inGroups,
    openCursor: () => {
      const row = rows.find((one) => keyOf(one) === (cursor || (rows[0] && keyOf(rows[0]))));
      if (!row) return;
      if (opened === keyOf(row)) navigate(pathOf(row));
      else openRow(row);
    },
    back: () => {
      if (composing) setComposing(false);
      else if (chosen.keys.size) clear();
      else if (opened) {
        show("");
        place(opened);
      } else return false;
      return true;
    },
    toggle: () => selection.toggle(cursor || (rows[0] ? keyOf(rows[0]) : "")),
    extend: (by) => {
      const from = cursor;
      const next = step(by);
      selection.extend([from, next].filter(Boolean));
    },
    all: () => {
      const here = rows.slice(0, AT_ONCE);
      const more = state.total > here.length;
      // A selection by search knows no least severity: it would reach alarms that are not shown.
      if (more && asked.severity) toast(t.tooMany(here.length));
      selection.choose(here.map(keyOf), more && !asked.severity);
    },
    search: () => field.current?.focus(),
    severity: (severity) => change({ severity }),
    fresh: () => {
      showFresh();
      document.getElementById("list")?.scrollTo({ top: 0 });
    },
  });

  const chips = useMemo(() => new Map(summary.clusters.map((chip) => [chip.id, chip])), [summary.clusters]);
  const counts = state.loaded && state.tabs ? state.tabs : summary.tabs;
  const index = rows.findIndex((row) => keyOf(row) === opened);
  const withPane = !inGroups && (composing || Boolean(opened));
  const count = chosen.all ? state.total : chosen.keys.size;
  const label = t[TAB_TEXTS[asked.tab]];
  const foot = asked.tab === "todo" ? t.thatIsAll(counts.acknowledged, counts.muted) : t.thatIsAllPlain;
  return (
    <>
      {!summary.storm && (
        <h1 className="sr">
          {t.alarms}: {label}
        </h1>
      )}
      <Strip summary={summary} chosen={asked.clusters} />
      <div className={withPane ? "work with-pane" : "work"}>
        <div className={summary.storm ? "col storm-col" : "col"}>
          <Suspense fallback={null}>
            {summary.storm && <StormHead storm={summary.storm} chips={chips} change={change} grouped={inGroups} />}
          </Suspense>
          <Tabs asked={asked} counts={counts} change={change} />
          {count > 0 ? (
            <Selecting count={count} acts={acts} composing={composing} onClear={clear} />
          ) : (
            <Tools asked={asked} change={change} fresh={state.fresh} onFresh={showFresh} field={field} />
          )}
          {state.loaded && !state.rows.length && !state.groups.length ? (
            <Empty asked={asked} summary={summary} change={change} />
          ) : inGroups ? (
            <Suspense fallback={null}>
              <Groups
                label={label}
                groups={state.groups}
                totalGroups={state.totalGroups}
                total={state.total}
                asked={asked}
                chips={chips}
                first={summary.storm?.first}
                change={change}
              />
            </Suspense>
          ) : (
            <List
              label={label}
              rows={rows}
              total={state.total}
              chips={chips}
              words={asked.words}
              cursor={cursor}
              moves={moves}
              open={opened}
              chosen={chosen}
              matches={composing ? matches : NO_MATCHES}
              on={on}
              onScrolled={setScrolled}
              waiting={!state.loaded}
              foot={<p className="foot">{foot}</p>}
            />
          )}
        </div>
        {withPane &&
          (composing ? (
            <Suspense fallback={<aside className="pane compose" />}>
              <Composer targets={targets()} onMatches={setMatches} onClose={() => setComposing(false)} onSent={clear} />
            </Suspense>
          ) : (
            <Suspense fallback={<aside className="pane" />}>
              <Pane
                {...targetOf(opened)}
                row={rows[index]}
                index={index}
                total={state.total}
                acts={acts}
                onMove={(by) => void step(by)}
                onClose={() => show("")}
              />
            </Suspense>
          ))}
      </div>
      {dialogs}
    </>
  );
}
