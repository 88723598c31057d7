import type { CSSProperties } from "react";
import { Link } from "wouter";
import type { Lasting, Statistics } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { ChipMark } from "../components/where";
import { useTexts } from "../i18n/texts";
import { keyOf, languageOf, pathOf, severitySign } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { megabytes, percent } from "../lib/figures";
import { moment, precise } from "../lib/time";
import { useSummary } from "../store/summary";

function What({ cluster, message, severity }: { cluster: string; message: string; severity: Lasting["severity"] }) {
  const t = useTexts();
  const chip = useSummary()?.clusters.find((one) => one.id === cluster);
  return (
    <span className="what">
      <span className={`c-${severitySign(severity)}`}>
        <Icon name={severitySign(severity) as IconName} />
        <span className="sr">{t[severity]}</span>
      </span>
      <ChipMark chip={chip} />
      <span lang={languageOf(message)}>{message}</span>
    </span>
  );
}

/** Alarms that began most often, and at night; each opens the alarm. */
export function Noisiest({ stats }: { stats: Statistics }) {
  const t = useTexts();
  const most = Math.max(1, ...stats.noisy.map((one) => one.count));
  return (
    <div className="rank">
      {stats.noisy.map((one) => (
        <Link key={keyOf(one.alarm)} href={pathOf(one.alarm)}>
          <What cluster={one.alarm.cluster} message={one.message} severity={one.severity} />
          <span className="bar" aria-hidden="true">
            <i style={{ "--v": `${(one.count / most) * 100}%` } as CSSProperties} />
          </span>
          <b className="num">{t.times(one.count)}</b>
          <span className="num">{one.nightly ? `${t.statNight} ${t.number(one.nightly)}` : ""}</span>
        </Link>
      ))}
    </div>
  );
}

/** Alarms with one figure each. */
export function Alarms({ alarms, figure }: { alarms: readonly Lasting[]; figure: "since" | "count" }) {
  const t = useTexts();
  const now = useNow();
  return (
    <div className="rank bare">
      {alarms.map((one) => (
        <Link key={keyOf(one.alarm)} href={pathOf(one.alarm)}>
          <What cluster={one.alarm.cluster} message={one.message} severity={one.severity} />
          <span className="num">{figure === "since" ? moment(one.start_ms, now, t) : t.times(one.count)}</span>
        </Link>
      ))}
    </div>
  );
}

/** Median and ninth decile to acknowledge and to resolve, all and by project. */
export function Response({ stats }: { stats: Statistics }) {
  const t = useTexts();
  const length = (ms: number) => (ms < 0 ? "–" : precise(ms, t));
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">{t.statProject}</th>
          <th scope="col" className="num">
            {t.statCount}
          </th>
          {[t.statToAck, t.statToResolve].flatMap((what) =>
            [t.statMedian, t.statP90].map((which) => (
              <th key={`${what} ${which}`} scope="col" className="num">
                {what}, {which}
              </th>
            )),
          )}
        </tr>
      </thead>
      <tbody>
        {stats.times.map((one) => (
          <tr key={one.project}>
            <td className="lead">{one.project || t.all}</td>
            <td className="num">{t.number(one.alarms)}</td>
            {[one.ack_median_ms, one.ack_p90_ms, one.resolve_median_ms, one.resolve_p90_ms].map((ms, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
              <td key={index} className="num">
                {length(ms)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Delivered, late and refused by channel. */
export function Channels({ stats }: { stats: Statistics }) {
  const t = useTexts();
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">{t.statChannel}</th>
          {[t.statDelivered, t.statLate, t.statRefused].map((name) => (
            <th key={name} scope="col" className="num">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stats.channels.map((one) => (
          <tr key={`${one.cluster} ${one.channel}`}>
            <td>
              <span className="lead">{one.channel}</span> <span className="muted">{one.cluster}</span>
            </td>
            {[one.delivered, one.late, one.failed].map((count, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
              <td key={index} className="num">
                {t.number(count)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Bytes of thirty days by cluster with their price. */
export function TrafficTable({ stats }: { stats: Statistics }) {
  const t = useTexts();
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">{t.clusters}</th>
          <th scope="col" className="num">
            {t.todayTraffic}
          </th>
          <th scope="col" className="num">
            {t.legendBudget}
          </th>
          <th scope="col" className="num">
            {t.traffic30}
          </th>
        </tr>
      </thead>
      <tbody>
        {stats.traffic.map(({ cluster, traffic }) => (
          <tr key={cluster}>
            <td className="lead">{cluster}</td>
            <td className="num">{megabytes(traffic.today_bytes, 2)} MB</td>
            <td className="num">
              {traffic.budget_bytes
                ? `${t.percent(percent(traffic.today_bytes, traffic.budget_bytes))} / ${megabytes(traffic.budget_bytes)} MB`
                : "–"}
            </td>
            <td className="num">
              {t.traffic30Text(`${megabytes(traffic.days30_bytes, 1)} MB`, Math.round(traffic.days30_won))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
