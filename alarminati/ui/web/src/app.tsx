import { Suspense, useEffect, useState } from "react";
import { Route, Switch, useLocation } from "wouter";
import * as chunks from "./chunks";
import { Banners } from "./components/banners";
import { Rail } from "./components/rail";
import { Strip } from "./components/strip";
import { Toaster } from "./components/toast";
import { useTexts } from "./i18n/texts";
import { useCommands, useKeyboard } from "./keys/keyboard";
import { useStore } from "./lib/store";
import { AlarmsPage } from "./pages/alarms";
import { invitationIn, offerInvitation } from "./store/invitation";
import { everything, live } from "./store/live";
import { assertive, badge } from "./store/notify";
import { useSummary } from "./store/summary";

/** An invitation may be pasted anywhere but in a field, and dropped as a file. */
function usePastedInvitation(go: () => void): void {
  useEffect(() => {
    const take = (text: string) => {
      if (!invitationIn(text)) return false;
      offerInvitation(text);
      go();
      return true;
    };
    const paste = (event: ClipboardEvent) => {
      if (event.target instanceof Element && event.target.closest("input, textarea")) return;
      if (take(event.clipboardData?.getData("text") ?? "")) event.preventDefault();
    };
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file && file.size < 65_536) void file.text().then(take);
      else take(event.dataTransfer?.getData("text") ?? "");
    };
    document.addEventListener("paste", paste);
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("paste", paste);
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", drop);
    };
  }, [go]);
}

/** Polite counts at most every ten seconds, and what interrupts at once. */
function LiveRegion({ todo }: { todo: number | undefined }) {
  const t = useTexts();
  const urgent = useStore(assertive);
  const [said, say] = useState("");
  useEffect(() => {
    if (todo === undefined) return;
    const timer = setTimeout(() => say(t.liveCounts(todo)), 10_000);
    return () => clearTimeout(timer);
  }, [todo, t]);
  return (
    <>
      <div className="sr" aria-live="polite">
        {said}
      </div>
      <div className="sr" aria-live="assertive">
        {urgent}
      </div>
    </>
  );
}

/** The whole page: rail, banners, and the page of the address. */
export function App() {
  const t = useTexts();
  const summary = useSummary();
  const [location, navigate] = useLocation();
  const [popup, setPopup] = useState<"palette" | "help" | null>(null);
  useKeyboard();
  useEffect(() => {
    void everything().then(chunks.fetchSoon);
    live();
    const go = ({ data }: MessageEvent<{ go?: string }>) => data.go && navigate(data.go);
    navigator.serviceWorker?.addEventListener("message", go);
    return () => navigator.serviceWorker?.removeEventListener("message", go);
  }, [navigate]);
  const silent = summary?.clusters.filter((chip) => chip.state === "silent").length ?? 0;
  const critical = (summary?.severities.CRITICAL ?? 0) + silent;
  useEffect(() => badge(critical), [critical]);
  const [toJoin] = useState(() => () => navigate("/join"));
  usePastedInvitation(toJoin);
  const go = (path: string) => () => navigate(path);
  useCommands({
    goAlarms: go("/"),
    goClusters: go("/clusters"),
    goChannels: go("/channels"),
    goSilences: go("/silences"),
    goStatistics: go("/statistics"),
    goSettings: go("/settings"),
    join: go("/join"),
    help: () => setPopup("help"),
    palette: () => setPopup(popup === "palette" ? null : "palette"),
  });
  const nothing = summary !== null && summary.clusters.length === 0;
  const alone = (nothing && location === "/") || location === "/join";
  return (
    <div className={alone ? "app alone" : "app"}>
      <a className="btn skip" href="#main">
        {t.skip}
      </a>
      {!alone && <Rail critical={critical} />}
      <main className="stage" id="main" tabIndex={-1}>
        <Banners summary={summary} />
        <Suspense fallback={null}>
          {alone ? (
            <chunks.FirstPage first={nothing} />
          ) : (
            <Switch>
              <Route path="/">{summary ? <AlarmsPage summary={summary} /> : null}</Route>
              <Route path="/a/:cluster/:fingerprint">
                {({ cluster, fingerprint }) => (
                  <>
                    {summary && <Strip summary={summary} />}
                    <chunks.AlarmPage
                      key={`${cluster}/${fingerprint}`}
                      cluster={decodeURIComponent(cluster)}
                      fingerprint={decodeURIComponent(fingerprint)}
                    />
                  </>
                )}
              </Route>
              <Route path="/clusters" component={chunks.ClustersPage} />
              <Route path="/channels" component={chunks.ChannelsPage} />
              <Route path="/silences" component={chunks.SilencesPage} />
              <Route path="/statistics" component={chunks.StatisticsPage} />
              <Route path="/settings" component={chunks.SettingsPage} />
              <Route>
                <div className="page">
                  <div className="empty">
                    <b>{t.notFound}</b>
                    <p className="muted">{t.notFoundHelp}</p>
                  </div>
                </div>
              </Route>
            </Switch>
          )}
          {popup === "palette" && <chunks.Palette onClose={() => setPopup(null)} />}
          {popup === "help" && <chunks.Help onClose={() => setPopup(null)} />}
        </Suspense>
      </main>
      <LiveRegion todo={summary?.tabs.todo} />
      <Toaster />
    </div>
  );
}
