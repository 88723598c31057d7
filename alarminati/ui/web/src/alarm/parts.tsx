import type { AlarmDetail, Episode, Link } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { type Texts, useTexts } from "../i18n/texts";
import { languageOf } from "../lib/alarms";

const LINKS: [RegExp, IconName][] = [
  [/runbook|런북|playbook|wiki|docs?/i, "book"],
  [/log|로그|kibana|loki/i, "logs"],
];

const iconOf = (title: string): IconName => LINKS.find(([pattern]) => pattern.test(title))?.[1] ?? "chart";

/** The names that sources give most often have a translation; others are the alarm's own text. */
function titleOf(link: Link, t: Texts): string {
  const known: Record<string, string> = { runbook: t.runbook, graph: t.graph, logs: t.logs };
  return known[link.title.toLowerCase()] ?? (link.title || new URL(link.url).host);
}

/** Only http and https are opened, and what is opened learns nothing of this page. */
export const isWeb = (url: string) => /^https?:\/\//i.test(url);

export function Links({ detail }: { detail: AlarmDetail }) {
  const t = useTexts();
  const links = detail.links.filter((link) => isWeb(link.url));
  if (!links.length) return null;
  return (
    <section>
      <h2 className="h">{t.links}</h2>
      <p className="links">
        {links.map((link) => (
          <a key={link.url} className="link" href={link.url} target="_blank" rel="noopener noreferrer">
            <Icon name={iconOf(link.title || link.url)} />
            <span>{titleOf(link, t)}</span>
          </a>
        ))}
      </p>
    </section>
  );
}

export function Pairs({ title, pairs }: { title: string; pairs: Record<string, string> }) {
  const entries = Object.entries(pairs);
  if (!entries.length) return null;
  return (
    <section>
      <h2 className="h">{title}</h2>
      <dl className="kv">
        {entries.map(([name, value]) => (
          <Pair key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd lang={languageOf(value)}>{value}</dd>
    </>
  );
}

const WORSE = ["INFO", "WARNING", "ERROR", "CRITICAL"];

/** Put episodes into bars of equal time, oldest first: the worst severity of each, or nothing. */
export function bars(episodes: readonly Episode[], from: number, to: number, count: number): string[] {
  const step = (to - from) / count;
  return Array.from({ length: count }, (_, index) => {
    const [begin, end] = [from + index * step, from + (index + 1) * step];
    const inside = episodes.filter((one) => one.start_ms < end && (one.end_ms || to) > begin);
    const worst = Math.max(-1, ...inside.map((one) => WORSE.indexOf(one.severity)));
    return worst < 0 ? "" : worst > 2 ? "critical" : "error";
  });
}

/** When the alarm fired, as bars with a text for readers. */
export function History({
  episodes,
  from,
  to,
  count,
}: {
  episodes: readonly Episode[];
  from: number;
  to: number;
  count: number;
}) {
  const t = useTexts();
  const inside = episodes.filter((one) => (one.end_ms || to) > from).length;
  return (
    <div className="hist" role="img" aria-label={t.historyLabel(inside)}>
      {bars(episodes, from, to, count).map((worst, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
        <i key={index} className={worst || undefined} />
      ))}
    </div>
  );
}
