import { follow } from "../api/events";
import type { ActChanged, Changed, ClusterChanged, Hello } from "../api/schema";
import { touchClock } from "../lib/clock";
import { createStore } from "../lib/store";
import { settle } from "./acts";
import { onFeedChanged, refreshSoon } from "./feed";
import { announce, announceCluster } from "./notify";
import { loadSettings } from "./settings";
import { link, loadSummary, onChanged, onCluster, summary } from "./summary";

/** Bumped by every change, with the alarms that changed: pages that show one alarm ask again. */
export const changes = createStore<{ seq: number; keys: ReadonlySet<string>; more: boolean }>({
  seq: 0,
  keys: new Set(),
  more: false,
});

const SLEPT_MS = 20_000;
const LOOK_MS = 5_000;
let started = false;
let leads = false;
let build = "";

/** Read the app's events until the page ends. */
export function live(): void {
  if (started) return;
  started = true;
  const stream = follow({
    onEvent(name, data) {
      if (name === "hello") onHello(data as Hello);
      else if (name === "changed") onAlarms(data as Changed);
      else if (name === "cluster") onClusterEvent(data as ClusterChanged);
      else if (name === "act") settle((data as ActChanged).act);
      else void everything();
    },
    onLink(next) {
      link.set(next);
    },
    onLead() {
      leads = true;
    },
  });
  retry = stream.retry;
  noticeSleep(() => {
    stream.retry();
    void everything();
  });
}

/** Connect again now. */
export let retry = () => undefined as unknown;

/** Ask for everything again. */
export async function everything(): Promise<void> {
  touchClock();
  refreshSoon();
  changes.set((before) => ({ seq: before.seq + 1, keys: new Set(), more: true }));
  await Promise.allSettled([loadSummary(), loadSettings()]);
}

function onAlarms(event: Changed): void {
  onChanged(event);
  touchClock();
  onFeedChanged(event);
  changes.set({
    seq: event.seq,
    keys: new Set(event.ids.map((id) => `${id.cluster}/${id.fingerprint}`)),
    more: event.more > 0,
  });
  if (leads) announce(event);
}

function onClusterEvent(event: ClusterChanged): void {
  onCluster(event);
  touchClock();
  refreshSoon();
  changes.set((before) => ({ seq: event.seq, keys: before.keys, more: true }));
  if (leads && event.notify) announceCluster(event);
}

/** A page older than the app is loaded again, unless somebody is typing. */
function onHello(event: Hello): void {
  // Between answers and stream, and between the streams of two tabs, events were sent to no page.
  void everything();
  const known = build || summary.get()?.build || "";
  build = event.build;
  if (!known || known === event.build) return;
  const typing = document.activeElement?.matches("input, textarea, select, [contenteditable]");
  if (!typing) location.reload();
}

/** A clock that jumped means that the computer slept: what is open may be dead. */
function noticeSleep(woken: () => void): void {
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > LOOK_MS + SLEPT_MS) woken();
    last = now;
  }, LOOK_MS);
}
