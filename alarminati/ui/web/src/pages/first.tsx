import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { ApiError } from "../api/client";
import type { JoinStep } from "../api/schema";
import { Icon } from "../components/icon";
import { Key } from "../components/key";
import { ChipMark } from "../components/where";
import { DemoCard, NoInvitationCard } from "../first/cards";
import { Steps } from "../first/steps";
import { useTexts } from "../i18n/texts";
import { useCommands } from "../keys/keyboard";
import { appearance } from "../lib/preferences";
import { useStore } from "../lib/store";
import { invitationIn, offered } from "../store/invitation";
import { join } from "../store/join";
import { everything } from "../store/live";
import { askPermission } from "../store/notify";
import { changeSettings } from "../store/settings";
import { useSummary } from "../store/summary";
import "../styles/first.css";

/** The screen while nothing is connected, and joining one more cluster later. */
export default function FirstPage({ first }: { first: boolean }) {
  const t = useTexts();
  const [, navigate] = useLocation();
  const [steps, setSteps] = useState<JoinStep[] | null>(null);
  const [problem, setProblem] = useState("");
  const abort = useRef<AbortController | null>(null);
  const pasted = useStore(offered);
  const [alone] = useState(first);

  const begin = useCallback(
    async (text: string) => {
      const invitation = invitationIn(text);
      if (!invitation) return setProblem(t.notInvitation);
      setProblem("");
      setSteps([]);
      // Clusters that come now do not change the page under the reader.
      navigate("/join", { replace: true });
      abort.current = new AbortController();
      try {
        await join(invitation, (step) => setSteps((before) => [...(before ?? []), step]), abort.current.signal);
        await everything();
      } catch (error) {
        if (error instanceof ApiError) setProblem(error.sentence(t.locale));
        else if (!abort.current.signal.aborted) setProblem(t.goneTitle);
        setSteps(null);
      }
    },
    [t, navigate],
  );
  useEffect(() => {
    if (!pasted) return;
    offered.set("");
    void begin(pasted);
  }, [pasted, begin]);
  const cancel = () => {
    abort.current?.abort();
    setSteps(null);
  };
  useCommands({ back: () => (steps ? cancel() : alone ? false : navigate("/")) });
  return (
    <>
      <Brand home={!alone} />
      <div className="page">
        <div className="first">
          <header>
            <h1>{alone ? t.firstTitle : t.joinTitle}</h1>
            <p className="muted">{t.firstText}</p>
          </header>
          {steps ? (
            <Joining steps={steps} onCancel={cancel} onAgain={() => setSteps(null)} />
          ) : (
            <>
              <Paste problem={problem} onSend={begin} />
              <div className="pair">
                <DemoCard onStarted={() => navigate("/")} />
                <NoInvitationCard />
              </div>
            </>
          )}
        </div>
      </div>
    </>
  );
}

function Brand({ home }: { home: boolean }) {
  const t = useTexts();
  const [, navigate] = useLocation();
  const { language } = useStore(appearance);
  const speak = (next: "ko" | "en") => {
    appearance.set((before) => ({ ...before, language: next }));
    void changeSettings({ language: next }).catch(() => undefined);
  };
  return (
    <div className="brand">
      <Icon name="logo" />
      <b>Alarminati</b>
      {home && (
        <button type="button" className="btn bare" onClick={() => navigate("/")}>
          <Icon name="left" />
          {t.alarms}
        </button>
      )}
      <span className="seg">
        <button type="button" lang="ko" aria-pressed={language === "ko"} onClick={() => speak("ko")}>
          한국어
        </button>
        <button type="button" lang="en" aria-pressed={language === "en"} onClick={() => speak("en")}>
          English
        </button>
      </span>
    </div>
  );
}

function Paste({ problem, onSend }: { problem: string; onSend: (text: string) => void }) {
  const t = useTexts();
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="card lead ask"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(text);
      }}
    >
      <h2>
        <Icon name="paste" />
        <span>{t.pasteTitle}</span>
      </h2>
      <label className="paste">
        <span className="sr">{t.invitation}</span>
        <textarea
          ref={field}
          rows={3}
          spellCheck={false}
          autoComplete="off"
          placeholder="alarminati-invite:…"
          aria-describedby="paste-help"
          aria-invalid={Boolean(problem)}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            onSend(text);
          }}
        />
      </label>
      <div className="line">
        <p className={problem ? "c-critical" : "muted"} id="paste-help" role={problem ? "alert" : undefined}>
          {problem || t.pasteHelp}
        </p>
        <button type="submit" className="btn main">
          <span>{t.join}</span>
          <span className="kbd" aria-hidden="true">
            ↵
          </span>
        </button>
      </div>
    </form>
  );
}

function Joining({
  steps,
  onCancel,
  onAgain,
}: {
  steps: readonly JoinStep[];
  onCancel: () => void;
  onAgain: () => void;
}) {
  const t = useTexts();
  const [, navigate] = useLocation();
  const chips = useSummary()?.clusters ?? [];
  const id = steps.findLast((step) => step.cluster)?.cluster ?? "";
  const chip = chips.find((one) => one.id === id);
  const name = chip ? `${chip.project} ${chip.name}` : id;
  const last = steps.at(-1);
  const failed = last?.state === "failed";
  const done = last?.step === "records" && last.state === "done";
  const notify = async () => {
    await askPermission();
    await changeSettings({ notify_asked: true }).catch(() => undefined);
    navigate("/");
  };
  return (
    <section className="card lead join">
      <h2>
        <ChipMark chip={chip} />
        <span>{done ? t.joined(name) : name ? t.joining(name) : t.joiningPlain}</span>
      </h2>
      <Steps steps={steps} />
      <div className="line">
        <p className="muted">{done ? t.askNotificationsText : t.joinAfter}</p>
        {done ? (
          <span className="acts">
            <button type="button" className="btn main" onClick={() => void notify()}>
              {t.askNotifications}
            </button>
            <button type="button" className="btn" onClick={() => navigate("/")}>
              {t.toAlarms}
              <Key command="goAlarms" />
            </button>
          </span>
        ) : (
          <button type="button" className={failed ? "btn main" : "btn"} onClick={failed ? onAgain : onCancel}>
            {failed ? t.joinAgain : t.cancel}
          </button>
        )}
      </div>
    </section>
  );
}
