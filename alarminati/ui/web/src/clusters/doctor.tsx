import { useCallback, useEffect, useState } from "react";
import { ApiError, get } from "../api/client";
import type { Diagnosis } from "../api/schema";
import { Icon } from "../components/icon";
import { toast } from "../components/toast";
import { type Texts, useTexts } from "../i18n/texts";

const SIGNS = {
  ok: { icon: "resolved", colour: "c-resolved" },
  warning: { icon: "warning", colour: "c-warning" },
  error: { icon: "refused", colour: "c-error" },
} as const;

/** Ask the doctor about a cluster: at once for a silent one, else when somebody presses. */
export function useDoctor(id: string, atOnce: boolean) {
  const [diagnosis, setDiagnosis] = useState<Diagnosis | null>(null);
  const [running, setRunning] = useState(false);
  const t = useTexts();
  const examine = useCallback(async () => {
    setRunning(true);
    try {
      setDiagnosis(await get<Diagnosis>(`/api/clusters/${encodeURIComponent(id)}/doctor`));
    } catch (error) {
      if (error instanceof ApiError) toast(error.sentence(t.locale));
    } finally {
      setRunning(false);
    }
  }, [id, t]);
  useEffect(() => {
    if (atOnce) void examine();
  }, [atOnce, examine]);
  return { diagnosis, running, examine };
}

/** Write a diagnosis as text, for whoever runs the cluster. */
export function diagnosisText(diagnosis: Diagnosis, t: Texts): string {
  const marks = { ok: "✓", warning: "!", error: "✕" };
  const lines = diagnosis.findings.map((one) => `${marks[one.grade]} ${one.text[t.locale]}`);
  return [`${diagnosis.cluster}: ${diagnosis.sentence[t.locale]}`, ...lines].join("\n");
}

/** What the doctor found, one sentence a finding, the trouble in bold. */
export function Findings({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useTexts();
  return (
    <div>
      <h2>{t.doctorTitle(diagnosis.sentence[t.locale])}</h2>
      <ul className="why">
        {diagnosis.findings.map((one) => (
          <li key={one.code + one.text.en}>
            <span className={SIGNS[one.grade].colour}>
              <Icon name={SIGNS[one.grade].icon} />
            </span>
            <span>
              {one.grade === "ok" ? one.text[t.locale] : <b>{one.text[t.locale]}</b>}
              {one.hint && <span className="muted"> {one.hint[t.locale]}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
