import type { JoinStep } from "../api/schema";
import { Icon } from "../components/icon";
import { useTexts } from "../i18n/texts";

export const STEPS = ["read", "reached", "key", "certificate", "records"] as const;
const NAMES = {
  read: "stepRead",
  reached: "stepReach",
  key: "stepKey",
  certificate: "stepCertificate",
  records: "stepHistory",
} as const;

/** The five steps of joining with what is known of each. */
export function Steps({ steps }: { steps: readonly JoinStep[] }) {
  const t = useTexts();
  const last = new Map(steps.map((step) => [step.step, step]));
  const waiting = STEPS.find((name) => !last.has(name) || last.get(name)?.state !== "done");
  return (
    <ol className="steps" aria-live="polite">
      {STEPS.map((name) => {
        const step = last.get(name);
        const state = step?.state ?? (name === waiting && steps.at(-1)?.state !== "failed" ? "now" : "todo");
        const way = { done: "ok", now: "now", failed: "bad", todo: "todo" }[state];
        return (
          <li key={name} className={way}>
            <span className="dot">
              {state === "done" && <Icon name="resolved" />}
              {state === "now" && <Icon name="wait" />}
              {state === "failed" && <Icon name="refused" />}
            </span>
            <div>
              <p>{t[NAMES[name]]}</p>
              {step && <p className="sub">{step.error?.[t.locale] ?? step.text[t.locale]}</p>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
