import type { AlarmRow, Changed, ClusterChanged } from "../api/schema";
import { loadTexts, type Texts } from "../i18n/texts";
import { pathOf } from "../lib/alarms";
import { appearance } from "../lib/preferences";
import { createStore } from "../lib/store";
import { settings } from "./settings";
import { summary } from "./summary";

const STORM_PAUSE_MS = 30_000;
let stormSaid = 0;

/** Text for screen readers that interrupts: new CRITICAL alarms and silence only. */
export const assertive = createStore("");

const allowed = () => "Notification" in window && Notification.permission === "granted";

/** Ask the browser for permission; called by a press of a button only. */
export async function askPermission(): Promise<NotificationPermission | "unsupported"> {
  if (!("Notification" in window)) return "unsupported";
  return Notification.requestPermission();
}

async function say(title: string, body: string, tag: string, path: string): Promise<void> {
  if (!allowed()) return;
  const options = { body, tag, icon: "/icon-192.png", data: { path } };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration) await registration.showNotification(title, options);
  else new Notification(title, options);
}

/** Play two short tones; the sound always has a twin on the screen. */
export function beep(volume: number): void {
  // Browsers let a page sound only after somebody touched it.
  if (!navigator.userActivation?.hasBeenActive) return;
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.value = volume / 300;
  gain.connect(context.destination);
  for (const [index, frequency] of [784, 622].entries()) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(context.currentTime + index * 0.16);
    tone.stop(context.currentTime + index * 0.16 + 0.13);
  }
  setTimeout(() => void context.close(), 600);
}

const where = (row: AlarmRow) => {
  const chip = summary.get()?.clusters.find((one) => one.id === row.cluster);
  return chip ? `${chip.project} ${chip.name}` : row.cluster;
};

/** Notify of new alarms; in a storm once in 30 seconds, with the count. */
export async function announce(event: Changed): Promise<void> {
  if (!event.notify.length && !event.storm) return;
  const t = await loadTexts(appearance.get().language);
  if (event.storm && !event.storm.end_ms) {
    if (Date.now() - stormSaid < STORM_PAUSE_MS) return;
    stormSaid = Date.now();
    const text = t.stormNotice(event.storm.total, event.storm.severities.CRITICAL);
    assertive.set(text);
    sound("CRITICAL");
    return say(text, t.stormNote, "storm", "/");
  }
  const [worst] = event.notify;
  if (!worst) return;
  if (worst.severity === "CRITICAL") assertive.set(`${t.CRITICAL}: ${worst.message}`);
  sound(worst.severity);
  for (const row of event.notify)
    await say(`${t[row.severity]} · ${row.message}`, where(row), `${row.cluster}/${row.fingerprint}`, pathOf(row));
  const more = event.notify_count - event.notify.length;
  if (more > 0) await say(t.notice(event.notify_count), "", "more", "/");
}

/** Notify of a cluster that fell silent or came back. */
export async function announceCluster(event: ClusterChanged): Promise<void> {
  if (event.chip.state !== "silent") return;
  const t: Texts = await loadTexts(appearance.get().language);
  const text = t.silentNotice(event.chip.name);
  assertive.set(text);
  sound("CRITICAL");
  await say(text, t.silentHelp, `silent/${event.chip.id}`, "/clusters");
}

function sound(severity: AlarmRow["severity"]): void {
  const chosen = settings.get();
  if (chosen?.notify[severity]?.sound) beep(chosen.volume);
}

/** Show the number of unseen critical alarms on the icon and in the title of the window. */
export function badge(count: number): void {
  document.title = count ? `(${count}) Alarminati` : "Alarminati";
  if ("setAppBadge" in navigator)
    void (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}
