import { part } from "./lib/part";

/* Parts that the first load does without. They are fetched once the page stands, so that a key
   never waits for one: what is typed next would go to the list instead of the new field. */
const composer = part(async () => (await import("./silence/composer")).default);
const groups = part(async () => (await import("./storm/groups")).default);
const stormHead = part(async () => (await import("./storm/head")).default);
const pane = part(async () => (await import("./alarm/pane")).Pane);
const filter = part(async () => (await import("./feed/filter")).FilterMenu);
const palette = part(async () => (await import("./components/palette")).default);
const help = part(async () => (await import("./components/help")).default);
const notes = part(async () => (await import("./alarm/dialogs")).NoteDialog);
const resolving = part(async () => (await import("./alarm/dialogs")).ResolveDialog);
const alarm = part(async () => (await import("./pages/alarm")).default);
const clusters = part(async () => (await import("./pages/clusters")).default);
const channels = part(async () => (await import("./pages/channels")).default);
const silences = part(async () => (await import("./pages/silences")).default);
const statistics = part(async () => (await import("./pages/statistics")).default);
const settings = part(async () => (await import("./pages/settings")).default);
const first = part(async () => (await import("./pages/first")).default);

export const Composer = composer.Part;
export const Groups = groups.Part;
export const StormHead = stormHead.Part;
export const Pane = pane.Part;
export const FilterMenu = filter.Part;
export const Palette = palette.Part;
export const Help = help.Part;
export const NoteDialog = notes.Part;
export const ResolveDialog = resolving.Part;
export const AlarmPage = alarm.Part;
export const ClustersPage = clusters.Part;
export const ChannelsPage = channels.Part;
export const SilencesPage = silences.Part;
export const StatisticsPage = statistics.Part;
export const SettingsPage = settings.Part;
export const FirstPage = first.Part;

const LATER = [pane, composer, palette, filter, help, notes, resolving, groups, stormHead];
const PAGES = [alarm, clusters, silences, channels, statistics, settings, first];

/** Fetch the other parts, one by one, the likeliest first. */
export async function fetchSoon(): Promise<void> {
  for (const one of [...LATER, ...PAGES]) await one.fetch();
}
