import { Icon } from "../components/icon";
import { useTexts } from "../i18n/texts";
import { chipOf, type FeedQuery } from "../store/query";
import { summary } from "../store/summary";

export interface Part {
  id: string;
  name: string;
  text: string;
  without: Partial<FeedQuery>;
}

/** Take a query apart into what can be dropped from it. */
export function partsOf(asked: FeedQuery, atLeast: (severity: string) => string): Part[] {
  const clusterName = (id: string) => summary.get()?.clusters.find((chip) => chip.id === id)?.name ?? id;
  const clusters = asked.clusters.map((id) => ({
    id: `cluster ${id}`,
    name: "",
    text: clusterName(id),
    without: { clusters: asked.clusters.filter((one) => one !== id) },
  }));
  const severity = asked.severity && {
    id: "severity",
    name: "",
    text: atLeast(asked.severity),
    without: { severity: "" as const },
  };
  const matchers = asked.matchers.map((matcher) => {
    const { name, sign, value } = chipOf(matcher);
    return {
      id: matcher,
      name,
      text: `${sign} ${value}`,
      without: { matchers: asked.matchers.filter((one) => one !== matcher) },
    };
  });
  return [...clusters, ...(severity ? [severity] : []), ...matchers];
}

/** A part of the search with a button that drops it. */
export function Chip({ part, drop }: { part: Part; drop: (without: Partial<FeedQuery>) => void }) {
  const t = useTexts();
  return (
    <span className="chip">
      {part.name && <b>{part.name}</b>} {part.text}{" "}
      <button
        type="button"
        aria-label={t.dropPart(`${part.name} ${part.text}`.trim())}
        onClick={() => drop(part.without)}
      >
        <Icon name="close" />
      </button>
    </span>
  );
}
