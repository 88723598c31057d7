import { useState } from "react";
import { ApiError, del, put } from "../api/client";
import type { Cluster, ClusterChange } from "../api/schema";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { bytes, megabytes } from "../lib/figures";
import { EditDialog, RemoveDialog } from "./dialogs";
import { diagnosisText, Findings, useDoctor } from "./doctor";

/** Measured bytes of a keepalive on the wire; a day of them is what an interval costs. */
const KEEPALIVE_BYTES = 142;
const DAY_SECONDS = 86_400;
const INTERVALS = [15, 30, 60, 0] as const;
const SAVER_SECONDS = 200;

/** Return the bytes that an interval costs a day. */
export const dailyBytes = (seconds: number) => Math.round((DAY_SECONDS / (seconds || SAVER_SECONDS)) * KEEPALIVE_BYTES);

/** Everything below a cluster's row: the doctor where it is silent, else intervals, figures, acts. */
export function ClusterDetails({ cluster, onChanged }: { cluster: Cluster; onChanged: () => void }) {
  const t = useTexts();
  const { chip } = cluster;
  const trouble = chip.state === "silent" || chip.state === "ended";
  const doctor = useDoctor(chip.id, trouble);
  const [dialog, setDialog] = useState<"remove" | "edit" | null>(null);
  const change = async (part: ClusterChange) => {
    try {
      await put(`/api/clusters/${encodeURIComponent(chip.id)}`, part);
      onChanged();
    } catch (error) {
      if (error instanceof ApiError) toast(error.sentence(t.locale));
    }
  };
  const remove = async (history: "keep" | "delete") => {
    try {
      await del(`/api/clusters/${encodeURIComponent(chip.id)}?history=${history}`);
      onChanged();
    } catch (error) {
      if (error instanceof ApiError) toast(error.sentence(t.locale));
    }
  };
  const copy = () => {
    if (!doctor.diagnosis) return;
    void navigator.clipboard?.writeText(diagnosisText(doctor.diagnosis, t)).then(() => toast(t.copied));
  };
  return (
    <div className={trouble ? "cx c-sil" : "cx"}>
      {doctor.diagnosis ? (
        <Findings diagnosis={doctor.diagnosis} />
      ) : trouble ? (
        <div>{t.doctorRunning}</div>
      ) : (
        <Intervals cluster={cluster} change={change} />
      )}
      {!trouble && !doctor.diagnosis && <Figures cluster={cluster} />}
      <div className="cact">
        <button
          type="button"
          className={trouble ? "btn main" : "btn"}
          disabled={doctor.running}
          onClick={() => void doctor.examine()}
        >
          {doctor.running ? t.doctorRunning : doctor.diagnosis ? t.doctorAgain : t.doctor}
        </button>
        {doctor.diagnosis && (
          <button type="button" className="btn" onClick={copy}>
            {t.doctorCopy}
          </button>
        )}
        <button type="button" className="btn bare" onClick={() => setDialog("edit")}>
          {t.editCluster}
        </button>
        <button type="button" className="btn bare" onClick={() => void change({ paused: !cluster.paused })}>
          {cluster.paused ? t.resume : t.pause}
        </button>
        <button type="button" className="btn bare" onClick={() => setDialog("remove")}>
          {t.remove}
        </button>
        {trouble && <p className="sub">{t.silentHelp}</p>}
      </div>
      {dialog === "remove" && <RemoveDialog cluster={cluster} onClose={() => setDialog(null)} onRemove={remove} />}
      {dialog === "edit" && <EditDialog cluster={cluster} onClose={() => setDialog(null)} onSave={change} />}
    </div>
  );
}

function Intervals({ cluster, change }: { cluster: Cluster; change: (part: ClusterChange) => void }) {
  const t = useTexts();
  return (
    <div className="grow">
      <h2>{t.keepaliveTitle}</h2>
      <div className="opts" role="radiogroup" aria-label={t.keepaliveTitle}>
        {INTERVALS.map((seconds) => (
          <label key={seconds} className="opt">
            <input
              type="radio"
              name={`keepalive ${cluster.chip.id}`}
              checked={cluster.keepalive_seconds === seconds}
              onChange={() => change({ keepalive_seconds: seconds })}
            />
            <span>{seconds ? t.seconds(seconds) : t.saver}</span>
            <small>{megabytes(dailyBytes(seconds), 2)} MB</small>
          </label>
        ))}
      </div>
      <p className="sub">{t.keepaliveHelp}</p>
    </div>
  );
}

function Figures({ cluster }: { cluster: Cluster }) {
  const t = useTexts();
  const { traffic } = cluster;
  const since = cluster.oldest_ms ? new Date(cluster.oldest_ms).toISOString().slice(0, 10) : "";
  const mb = (count: number) => `${megabytes(count, count < 10_000_000 ? 2 : 1)} MB`;
  return (
    <>
      <dl className="kv">
        <dt>{t.journal}</dt>
        <dd>
          {[t.journalText(cluster.journal_entries), cluster.journal_bytes ? bytes(cluster.journal_bytes) : ""]
            .filter(Boolean)
            .join(", ")}
        </dd>
        <dt>{t.outbox}</dt>
        <dd>{t.outboxText(cluster.pending, cluster.dead_letters)}</dd>
        <dt>{t.localHistory}</dt>
        <dd>{t.localHistoryText(cluster.records, bytes(cluster.store_bytes), since)}</dd>
      </dl>
      <dl className="kv">
        <dt>{t.todayTraffic}</dt>
        <dd>{t.trafficToday(mb(traffic.today_bytes), mb(traffic.forecast_bytes))}</dd>
        <dt>{t.traffic30}</dt>
        <dd>{t.traffic30Text(mb(traffic.days30_bytes), Math.round(traffic.days30_won))}</dd>
        <dt>{t.trafficKeepalives}</dt>
        <dd>{t.percent(Math.round(traffic.keepalive_share * 100))}</dd>
        <dt>{t.role}</dt>
        <dd>{[cluster.chip.role, cluster.chip.me].filter(Boolean).join(", ")}</dd>
      </dl>
    </>
  );
}
