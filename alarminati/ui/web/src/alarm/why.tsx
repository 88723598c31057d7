import { useEffect, useState } from "react";
import { get } from "../api/client";
import type { Why } from "../api/schema";
import { Icon } from "../components/icon";
import { holdReason } from "../components/row";
import { useTexts } from "../i18n/texts";
import { clock } from "../lib/time";

/** Route, channels and what keeps notifications back: why it came like this, or did not. */
export function WhyList({ cluster, fingerprint, version }: { cluster: string; fingerprint: string; version: number }) {
  const t = useTexts();
  const [why, setWhy] = useState<Why | null>(null);
  const [failed, setFailed] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when the alarm changed
  useEffect(() => {
    const abort = new AbortController();
    get<Why>(`/api/alarms/${encodeURIComponent(cluster)}/${encodeURIComponent(fingerprint)}/why`, abort.signal).then(
      (answer) => setWhy(answer),
      () => setFailed(!abort.signal.aborted),
    );
    return () => abort.abort();
  }, [cluster, fingerprint, version]);
  return (
    <section>
      <h2 className="h">
        <span>{t.whyTitle}</span>
      </h2>
      {failed && !why && <p className="muted">{t.whyOffline}</p>}
      {why && (
        <ul className="why">
          {why.route.map((line) => (
            <li key={line.en}>
              <Icon name="route" />
              <span>{line[t.locale]}</span>
            </li>
          ))}
          {why.channels.map((one) => (
            <li key={`${one.channel} ${one.reason}`}>
              <Icon name="p-channels" />
              <span>
                {one.text[t.locale]}
                {one.time_ms > 0 && <span className="muted"> {clock(one.time_ms)}</span>}
              </span>
            </li>
          ))}
          {why.mutes.map((mute) => (
            <li key={`${mute.reason} ${mute.by}`}>
              <Icon name="mute" />
              <span>
                {holdReason({ mute, done: false, snoozed_until_ms: 0 }, 0, t, (ms) => t.until(clock(ms, true)))}
              </span>
            </li>
          ))}
          {why.mutes.length === 0 && (
            <li>
              <Icon name="mute" />
              <span>{t.whyNoMutes}</span>
            </li>
          )}
          {why.problem && (
            <li>
              <Icon name="warning" />
              <span>{why.problem[t.locale]}</span>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
