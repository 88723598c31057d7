import type { CSSProperties } from "react";
import type { Statistics } from "../api/schema";
import { useTexts } from "../i18n/texts";
import { SEVERITIES } from "../lib/alarms";

const WIDTH = 620;
const HEIGHT = 160;
const BASE = 138;

const dayLabel = (ms: number, locale: string) =>
  new Intl.DateTimeFormat(locale, { month: "numeric", day: "numeric" }).format(ms);

/** Alarms of each day, stacked by severity, the worst at the foot. */
export function DailyChart({ stats }: { stats: Statistics }) {
  const t = useTexts();
  const sums = stats.by_day.map((day) => SEVERITIES.reduce((sum, one) => sum + day.counts[one], 0));
  const most = Math.max(1, ...sums);
  const step = WIDTH / Math.max(1, stats.by_day.length);
  const every = Math.ceil(stats.by_day.length / 10);
  return (
    <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t.statDaily}>
      <rect className="axis" x="0" y={BASE} width={WIDTH} height="1" />
      {stats.by_day.map((day, index) => {
        let top = BASE;
        return (
          <g key={day.start_ms}>
            {SEVERITIES.map((severity) => {
              const tall = (day.counts[severity] / most) * (BASE - 8);
              top -= tall;
              return (
                <rect
                  key={severity}
                  className={severity.toLowerCase()}
                  x={index * step + step * 0.15}
                  y={top}
                  width={step * 0.7}
                  height={tall}
                >
                  <title>{`${dayLabel(day.start_ms, t.locale)} ${t[severity]} ${day.counts[severity]}`}</title>
                </rect>
              );
            })}
            {index % every === 0 && (
              <text x={index * step + step / 2} y={HEIGHT - 6} textAnchor="middle">
                {dayLabel(day.start_ms, t.locale)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** The same as a table: one press away, and what a screen reader reads. */
export function DailyTable({ stats }: { stats: Statistics }) {
  const t = useTexts();
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">{t.statDay}</th>
          {SEVERITIES.map((one) => (
            <th key={one} scope="col" className="num">
              {t[one]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stats.by_day.map((day) => (
          <tr key={day.start_ms}>
            <td>{dayLabel(day.start_ms, t.locale)}</td>
            {SEVERITIES.map((one) => (
              <td key={one} className="num">
                {t.number(day.counts[one])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const CELL = 24;
const LEFT = 34;

/** Hours of the week; the more alarms began, the stronger the tint. */
export function HeatChart({ stats }: { stats: Statistics }) {
  const t = useTexts();
  const most = Math.max(1, ...stats.heat.flat());
  return (
    <svg className="chart heat" viewBox={`0 0 ${LEFT + 24 * CELL} ${7 * 20 + 20}`} role="img" aria-label={t.statHours}>
      {stats.heat.map((hours, day) => (
        <g key={t.weekdays[day]}>
          <text x="0" y={day * 20 + 14}>
            {t.weekdays[day]}
          </text>
          {hours.map((count, hour) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place
            <g key={`${day} ${hour + 1}`}>
              <rect className="cell" x={LEFT + hour * CELL} y={day * 20 + 1} width={CELL - 2} height="18" rx="2" />
              {count > 0 && (
                <rect
                  className="hot"
                  x={LEFT + hour * CELL}
                  y={day * 20 + 1}
                  width={CELL - 2}
                  height="18"
                  rx="2"
                  style={{ "--o": 0.15 + 0.85 * (count / most) } as CSSProperties}
                >
                  <title>{`${t.weekdays[day]} ${hour}:00 ${count}`}</title>
                </rect>
              )}
            </g>
          ))}
        </g>
      ))}
      {[0, 6, 12, 18].map((hour) => (
        <text key={hour} x={LEFT + hour * CELL} y={7 * 20 + 15}>
          {String(hour).padStart(2, "0")}
        </text>
      ))}
    </svg>
  );
}

/** The heat map as a table of six-hour sums. */
export function HeatTable({ stats }: { stats: Statistics }) {
  const t = useTexts();
  const parts = [0, 6, 12, 18];
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th scope="col">{t.statDay}</th>
          {parts.map((from) => (
            <th key={from} scope="col" className="num">
              {from}–{from + 6}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stats.heat.map((hours, day) => (
          <tr key={t.weekdays[day]}>
            <td>{t.weekdays[day]}</td>
            {parts.map((from) => (
              <td key={from} className="num">
                {t.number(hours.slice(from, from + 6).reduce((sum, count) => sum + count, 0))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
