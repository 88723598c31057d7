import type { TabCounts } from "../api/schema";
import type { Tab } from "../api/words";
import { Icon } from "../components/icon";
import { useTexts } from "../i18n/texts";
import { type FeedQuery, TABS } from "../store/query";

export const TAB_TEXTS = {
  todo: "todo",
  firing: "firing",
  acknowledged: "acknowledged",
  muted: "held",
  resolved: "recent",
  all: "everything",
} as const satisfies Record<Tab, string>;

export const GROUPING = ["alertname", "namespace"];

/** Tabs with the server's counts, never those of loaded rows; order and groups at the end. */
export function Tabs({
  asked,
  counts,
  change,
}: {
  asked: FeedQuery;
  counts: TabCounts;
  change: (part: Partial<FeedQuery>) => void;
}) {
  const t = useTexts();
  const grouped = asked.group.length > 0;
  return (
    <div className="tabs">
      <div className="tabs-in" role="tablist" aria-label={t.alarms}>
        {TABS.map((tab) => (
          <a
            key={tab}
            id={`tab-${tab}`}
            role="tab"
            href={`/?tab=${tab}`}
            aria-selected={tab === asked.tab}
            aria-controls="list"
            onClick={(event) => {
              event.preventDefault();
              change({ tab });
            }}
          >
            <span>{t[TAB_TEXTS[tab]]}</span>
            <span>{t.number(counts[tab])}</span>
          </a>
        ))}
      </div>
      <span className="end">
        <button
          type="button"
          className="btn bare"
          onClick={() => change({ order: asked.order === "time" ? "severity" : "time" })}
        >
          <Icon name="sort" />
          <span>{asked.order === "time" ? t.byTime : t.bySeverity}</span>
        </button>
        <button
          type="button"
          className={grouped ? "btn bare on" : "btn bare"}
          aria-pressed={grouped}
          onClick={() => change({ group: grouped ? [] : GROUPING })}
        >
          <Icon name="group" />
          <span>{grouped ? t.groupedBy(asked.group.join(", ")) : t.group}</span>
        </button>
      </span>
    </div>
  );
}
