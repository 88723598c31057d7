import { get, put } from "../api/client";
import type { Settings as Sent } from "../api/schema";
import { type Command, DEFAULTS } from "../keys/bindings";
import { configureKeys } from "../keys/keyboard";
import { appearance } from "../lib/preferences";
import { createStore, useStore } from "../lib/store";

/** Settings as the app answers them: all of them. */
export type Settings = Required<Sent>;

/** Settings of the person, the same in every tab; null until the first answer. */
export const settings = createStore<Settings | null>(null);

/** Return the keys in force: the preset with the person's own over it. */
export function bindingsOf(own: Record<string, string>): typeof DEFAULTS {
  const changed = Object.entries(own).filter(([name]) => name in DEFAULTS) as [Command, string][];
  return { ...DEFAULTS, ...Object.fromEntries(changed.map(([name, chord]) => [name, [chord]])) };
}

function apply(next: Settings): void {
  settings.set(next);
  configureKeys({ enabled: next.shortcuts, bindings: bindingsOf(next.keys) });
  appearance.set((before) => ({
    language: next.language || before.language,
    theme: next.theme,
    density: next.density,
  }));
}

/** Ask for the settings and apply them. */
export async function loadSettings(): Promise<void> {
  apply(await get<Settings>("/api/settings"));
}

/** Change some settings: shown at once, kept by the app. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  const before = settings.get();
  if (!before) return;
  apply({ ...before, ...change });
  try {
    await put<Settings>("/api/settings", { ...before, ...change });
  } catch (error) {
    apply(before);
    throw error;
  }
}

export const useSettings = () => useStore(settings);
