import { useEffect, useState } from "react";
import { ApiError, post } from "../api/client";
import type { PreviewRequest, SilencePreview } from "../api/schema";
import { ChipMark } from "../components/where";
import { useTexts } from "../i18n/texts";
import { keyOf, languageOf } from "../lib/alarms";
import { useSummary } from "../store/summary";

const TYPING_MS = 150;
const SHOWN = 3;

/** Ask which alarms matchers would keep quiet; asked again when they change. */
export function usePreview(request: PreviewRequest): { preview: SilencePreview | null; problem: string } {
  const t = useTexts();
  const [preview, setPreview] = useState<SilencePreview | null>(null);
  const [problem, setProblem] = useState("");
  const body = JSON.stringify(request);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      post<SilencePreview>("/api/silences/preview", JSON.parse(body), abort.signal).then(
        (answer) => {
          setPreview(answer);
          setProblem("");
        },
        (error) => error instanceof ApiError && setProblem(error.sentence(t.locale)),
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [body, t.locale]);
  return { preview, problem };
}

/** Selected and other alarms that the matchers fit, the others listed first. */
export function Preview({
  preview,
  problem,
  empty,
}: {
  preview: SilencePreview | null;
  problem: string;
  empty: boolean;
}) {
  const t = useTexts();
  const chips = useSummary()?.clusters ?? [];
  if (empty || problem) {
    return (
      <section className="preview" aria-live="polite">
        <p className="c-error">{problem || t.composePreviewNone}</p>
      </section>
    );
  }
  if (!preview) return <section className="preview" aria-live="polite" />;
  const selected = preview.clusters.reduce((sum, one) => sum + one.selected, 0);
  const count = preview.clusters.reduce((sum, one) => sum + one.count, 0);
  const others = preview.clusters.flatMap((one) => one.others);
  const confirmed = preview.clusters.filter((one) => one.confirmed).length;
  return (
    <section className="preview" aria-live="polite">
      <h2 className="sum">{t.composePreview(selected, Math.max(0, count - selected))}</h2>
      {others.length > 0 && (
        <ul>
          {others.slice(0, SHOWN).map((row) => (
            <li key={keyOf(row)}>
              <ChipMark chip={chips.find((chip) => chip.id === row.cluster)} />
              <span lang={languageOf(row.message)}>{row.message}</span>
            </li>
          ))}
          {count - selected > SHOWN && <li className="muted">{t.composeMore(count - selected - SHOWN)}</li>}
        </ul>
      )}
      {preview.clusters.map((one) =>
        one.error ? (
          <p key={one.cluster} className="sub c-error">
            {one.cluster}: {one.error[t.locale]}
          </p>
        ) : null,
      )}
      <p className="sub">{confirmed ? t.composeConfirmed(confirmed) : t.composeLocal}</p>
    </section>
  );
}
