import { useEffect, useState } from "react";
import { ApiError, get } from "../api/client";
import type { AlarmDetail, Timeline } from "../api/schema";
import { useNow } from "../lib/clock";
import { useStore } from "../lib/store";
import { changes } from "../store/live";

export interface Alarm {
  detail: AlarmDetail | null;
  timeline: Timeline | null;
  missing: boolean;
}

/** Ask for an alarm and its timeline, anew when it changed and once a minute. */
export function useAlarm(cluster: string, fingerprint: string): Alarm {
  const [alarm, setAlarm] = useState<Alarm>({ detail: null, timeline: null, missing: false });
  const change = useStore(changes);
  const now = useNow();
  const concerned = change.more || change.keys.has(`${cluster}/${fingerprint}`) ? change.seq : 0;
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (concerned) setVersion(concerned);
  }, [concerned]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version and the minute only say when to ask
  useEffect(() => {
    const abort = new AbortController();
    const path = `/api/alarms/${encodeURIComponent(cluster)}/${encodeURIComponent(fingerprint)}`;
    Promise.all([get<AlarmDetail>(path, abort.signal), get<Timeline>(`${path}/timeline`, abort.signal)]).then(
      ([detail, timeline]) => setAlarm({ detail, timeline, missing: false }),
      (error) => {
        if (error instanceof ApiError && error.refusal.code !== "gone")
          setAlarm({ detail: null, timeline: null, missing: true });
      },
    );
    return () => abort.abort();
  }, [cluster, fingerprint, version, now]);
  return alarm;
}
