import { useState } from "react";
import { ApiError, del, post } from "../api/client";
import type { DemoStatus } from "../api/schema";
import { Icon } from "../components/icon";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { useAnswer } from "../lib/use-answer";
import { everything } from "../store/live";

const KUBECTL = [
  "kubectl -n alarminati exec",
  "alarminati-agent-0",
  "-- alarminati invite",
  "--ca /etc/alarminati/ca",
  "--role operator",
  "--name me",
  "--domain HOST:7443",
];
const HELM = [
  "helm repo add alarminati https://dongdorrong.github.io/alarminati/charts",
  "helm install alarminati alarminati/agent --namespace alarminati --create-namespace --set projectName=my-project",
];

/** A command with a button that copies it. */
export function Code({ text, children }: { text: string; children: React.ReactNode }) {
  const t = useTexts();
  return (
    <div className="code">
      <code>{children}</code>
      <button
        type="button"
        className="btn icon"
        aria-label={t.copy}
        onClick={() => void navigator.clipboard?.writeText(text).then(() => toast(t.copied))}
      >
        <Icon name="copy" />
      </button>
    </div>
  );
}

/** Starts three agents on this computer, which end with the app, and ends them earlier if asked. */
export function DemoCard({ onStarted }: { onStarted: () => void }) {
  const t = useTexts();
  const { answer, again } = useAnswer<DemoStatus>("/api/demo");
  const [busy, setBusy] = useState(false);
  const running = answer?.running ?? false;
  const turn = async () => {
    setBusy(true);
    try {
      const status = running
        ? await del<DemoStatus>("/api/demo")
        : await post<DemoStatus>(`/api/demo?language=${t.locale}`);
      if (status.problem) toast(status.problem[t.locale]);
      await everything();
      again();
      if (status.running) onStarted();
    } catch (error) {
      if (error instanceof ApiError) toast(error.sentence(t.locale));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="card">
      <h2>
        <Icon name="play" />
        <span>{t.demoTitle}</span>
      </h2>
      <p className="muted">{t.demoText}</p>
      <button type="button" className="btn" disabled={busy} onClick={() => void turn()}>
        {running ? (busy ? t.demoEnding : t.demoEnd) : busy ? t.demoStarting : t.demoStart}
      </button>
    </section>
  );
}

/** The lines for somebody who has a cluster and no invitation. */
export function NoInvitationCard() {
  const t = useTexts();
  return (
    <section className="card">
      <h2>
        <Icon name="term" />
        <span>{t.noInvitationTitle}</span>
      </h2>
      <p className="muted">{t.noInvitationText}</p>
      <Code text={KUBECTL.join(" ")}>{KUBECTL.flatMap((part) => [<span key={part}>{part}</span>, " "])}</Code>
      <details>
        <summary>
          <Icon name="right" />
          <span>{t.helmTitle}</span>
        </summary>
        <Code text={HELM.join("\n")}>
          {HELM[0]}
          <br />
          {HELM[1]}
        </Code>
      </details>
    </section>
  );
}
