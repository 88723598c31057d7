import type { CSSProperties } from "react";
import type { Check, Cluster, Traffic } from "../api/schema";
import { Icon, type IconName } from "../components/icon";
import { ChipMark, Environment } from "../components/where";
import { type Texts, useTexts } from "../i18n/texts";
import { useNow } from "../lib/clock";
import { megabytes } from "../lib/figures";
import { ago, clock, span } from "../lib/time";

const DAY = 86_400_000;
const MINUTE = 60_000;
const LOOKS = 50;
const SOON_DAYS = 14;
/** The budget's line stands at four fifths, so that what is over it has room. */
const LIMIT = 0.8;

const SIGNS: Record<string, IconName> = {
  live: "live",
  late: "late",
  silent: "silent",
  ended: "ended",
  unknown: "off",
};

function state(cluster: Cluster, now: number, t: Texts): { head: string; below: string } {
  const { chip } = cluster;
  const heard = now - chip.heard_ms;
  const last = heard < MINUTE ? t.ago(t.seconds(Math.max(0, Math.floor(heard / 1000)))) : ago(heard, t);
  switch (chip.state) {
    case "silent":
      return { head: t.silentFor(span(heard, t)), below: t.lastHeard(clock(chip.heard_ms)) };
    case "late":
      return { head: t.lateFor(span(heard, t)), below: t.missed(chip.missed) };
    case "unknown":
      return { head: t.unknown, below: t.offlineTitle };
    case "live":
      return { head: t.live, below: last };
    case "archived":
      return { head: "", below: "" };
    default:
      return { head: t[chip.state], below: chip.problem?.[t.locale] ?? "" };
  }
}

/** Last looks of a health check as bars, with a text for readers. */
function Looks({ check }: { check: Check }) {
  const t = useTexts();
  const names = { ok: "", slow: "slow", failed: "bad", unheard: "gone" };
  const bad = check.looks.filter((look) => look === "failed").length;
  return (
    <span className="look">
      <span className="ln" title={check.name}>
        {check.name}
      </span>
      <span className="bars" role="img" aria-label={t.checksLabel(check.name, bad, check.looks.length)}>
        {check.looks.map((look, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a look is its place
          <i key={index} className={names[look] || undefined} />
        ))}
      </span>
    </span>
  );
}

/** Last keepalives of the cluster as bars: came, late, missed, or this computer was offline. */
function Heard({ looks }: { looks: Cluster["looks"] }) {
  const t = useTexts();
  const names = { ok: "", late: "slow", silent: "bad", offline: "gone" };
  const bad = looks.filter((look) => look === "silent").length;
  if (!looks.length) return null;
  return (
    <span className="bars" role="img" aria-label={t.checksLabel(t.columnKeepalive, bad, looks.length)}>
      {Array.from({ length: LOOKS - looks.length }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a place without a look
        <i key={`none ${index}`} className="none" />
      ))}
      {looks.map((look, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a look is its place
        <i key={index} className={names[look] || undefined} />
      ))}
    </span>
  );
}

/** Bytes of today against the budget, with the forecast for midnight hatched. */
function Budget({ traffic }: { traffic: Traffic }) {
  const t = useTexts();
  const { today_bytes: today, forecast_bytes: forecast, budget_bytes: budget } = traffic;
  const over = budget > 0 && forecast > budget;
  const share = (value: number) => (budget ? `${Math.min(100, (value / budget) * LIMIT * 100)}%` : "0%");
  const style = { "--v": share(today), "--e": share(forecast), "--l": `${LIMIT * 100}%` } as CSSProperties;
  return (
    <span className={over ? "bud over" : "bud"} role="gridcell">
      <span className="bt">
        <b>{megabytes(today, 2)}</b>
        {budget > 0 ? ` / ${megabytes(budget)} MB` : " MB"}
        {over && (
          <span className="bw">
            <Icon name="warning" />
            <span>{t.expected(megabytes(forecast, 2))}</span>
          </span>
        )}
      </span>
      {budget > 0 && (
        <span className="bb" style={style} aria-hidden="true">
          <i className="exp" />
          <i className="now" />
          <i className="lim" />
        </span>
      )}
    </span>
  );
}

function Certificate({ end }: { end: number }) {
  const t = useTexts();
  const now = useNow();
  if (!end) return <span className="cert" role="gridcell" />;
  const days = Math.max(0, Math.floor((end - now) / DAY));
  const soon = days < SOON_DAYS;
  return (
    <span className={soon ? "cert c-warning" : "cert"} role="gridcell">
      {soon && <Icon name="warning" />}
      {t.daysLeft(days)}
    </span>
  );
}

/** One cluster of the table; Enter or a press unfolds it. */
export function ClusterRow({ cluster, open, onToggle }: { cluster: Cluster; open: boolean; onToggle: () => void }) {
  const t = useTexts();
  const now = useNow();
  const { chip } = cluster;
  const { head, below } = state(cluster, now, t);
  const others = cluster.replicas.filter((replica) => replica.name !== cluster.master).map((replica) => replica.name);
  const known = chip.state === "live" || chip.state === "late";
  return (
    <div
      className="crow cell"
      role="row"
      id={chip.id}
      tabIndex={0}
      aria-expanded={open}
      onClick={onToggle}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        event.stopPropagation();
        onToggle();
      }}
    >
      <span className="cn" role="gridcell">
        <ChipMark chip={chip} />
        <span>
          <b>{chip.name}</b>
          <Environment chip={chip} />
          <small>{cluster.version}</small>
        </span>
      </span>
      <span className={`st is-${chip.state}`} role="gridcell">
        {chip.state !== "archived" && <Icon name={SIGNS[chip.state] ?? "wait"} />}
        <span>
          <b>{head}</b>
          <small>{below}</small>
        </span>
      </span>
      <span className="rp" role="gridcell">
        <span>
          {cluster.master ? (
            <>
              <b>{cluster.master}</b> {t.master}
            </>
          ) : cluster.asked_ms ? (
            t.noMaster
          ) : (
            t.unknown
          )}
          <small>
            {others.length ? others.join(" ") : cluster.asked_ms ? t.noReplicas : ""}
            {!known && cluster.master && ` · ${t.lastKnown}`}
          </small>
        </span>
      </span>
      <span className="ck" role="gridcell">
        {cluster.checks.map((check) => (
          <Looks key={check.name} check={check} />
        ))}
        {cluster.checks.length === 0 && <Heard looks={cluster.looks} />}
      </span>
      <span className="beat" role="gridcell">
        {cluster.keepalive_seconds ? t.seconds(cluster.keepalive_seconds) : t.saver}
      </span>
      <Budget traffic={cluster.traffic} />
      <Certificate end={cluster.certificate_end_ms} />
    </div>
  );
}
