import { type ReactNode, useState } from "react";
import type { Statistics } from "../api/schema";
import { useTexts } from "../i18n/texts";
import { useAnswer } from "../lib/use-answer";
import { DailyChart, DailyTable, HeatChart, HeatTable } from "../stats/charts";
import { Alarms, Channels, Noisiest, Response, TrafficTable } from "../stats/tables";
import "../styles/data.css";

const RANGES = [1, 7, 30] as const;

/** Figures that people use; every one opens the alarms behind it, every drawing has a table. */
export default function StatisticsPage() {
  const t = useTexts();
  const [days, setDays] = useState<number>(7);
  const { answer: stats } = useAnswer<Statistics>(`/api/stats?days=${days}`);
  const nothing = stats && stats.noisy.length === 0 && stats.oldest.length === 0;
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1>{t.statistics}</h1>
          <span className="end">
            <fieldset className="seg" aria-label={t.rangeLabel}>
              {RANGES.map((one) => (
                <button key={one} type="button" aria-pressed={days === one} onClick={() => setDays(one)}>
                  {t.range(one)}
                </button>
              ))}
            </fieldset>
          </span>
        </header>
        {nothing && <p className="muted">{t.statEmpty}</p>}
        {stats && !nothing && <Figures stats={stats} />}
      </div>
    </div>
  );
}

function Figures({ stats }: { stats: Statistics }) {
  const t = useTexts();
  return (
    <div className="grid2">
      <Part title={t.statNoisiest} about={t.statNoisiestText} whole>
        <Noisiest stats={stats} />
      </Part>
      <Drawn title={t.statDaily} chart={<DailyChart stats={stats} />} table={<DailyTable stats={stats} />} />
      <Drawn title={t.statHours} chart={<HeatChart stats={stats} />} table={<HeatTable stats={stats} />} />
      <Part title={t.statResponse} whole>
        <Response stats={stats} />
      </Part>
      <Part title={`${t.statNeverAcked} ${t.number(stats.never_acked)}`}>
        <Alarms alarms={stats.never_acked_examples} figure="count" />
      </Part>
      <Part title={t.statOldest}>
        <Alarms alarms={stats.oldest} figure="since" />
      </Part>
      {stats.flapping.length > 0 && (
        <Part title={t.statFlapping}>
          <Alarms alarms={stats.flapping} figure="count" />
        </Part>
      )}
      <Part title={t.statChannels}>
        <Channels stats={stats} />
      </Part>
      <Part title={t.statTraffic}>
        <TrafficTable stats={stats} />
      </Part>
    </div>
  );
}

function Part({
  title,
  about,
  whole,
  children,
}: {
  title: string;
  about?: string;
  whole?: boolean;
  children: ReactNode;
}) {
  return (
    <section className={whole ? "stat whole" : "stat"} aria-label={title}>
      <h2 className="h">
        <span>{title}</span>
        {about && <span className="plain">{about}</span>}
      </h2>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={title}>
        {children}
      </div>
    </section>
  );
}

function Drawn({ title, chart, table }: { title: string; chart: ReactNode; table: ReactNode }) {
  const t = useTexts();
  const [asTable, setAsTable] = useState(false);
  return (
    <section className="stat" aria-label={title}>
      <h2 className="h">
        <span>{title}</span>
        <button type="button" className="btn bare" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? t.statChart : t.statTable}
        </button>
      </h2>
      {asTable ? table : chart}
    </section>
  );
}
