import { type Language, preferredLanguage } from "../i18n/texts";
import { createStore } from "./store";

export type Theme = "system" | "light" | "dark";
export type Density = "normal" | "dense" | "roomy";

/** What a person chose for this browser: known before the first answer of the app. */
export interface Appearance {
  language: Language;
  theme: Theme;
  density: Density;
}

const KEY = "alarminati.appearance";

function stored(): Partial<Appearance> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Appearance>;
  } catch {
    return {};
  }
}

export const appearance = createStore<Appearance>({
  language: preferredLanguage(navigator.languages),
  theme: "system",
  density: "normal",
  ...stored(),
});

function show({ language, theme, density }: Appearance): void {
  const root = document.documentElement;
  root.lang = language;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  if (density === "normal") delete root.dataset.density;
  else root.dataset.density = density;
}

/** Show what was chosen, and what will be. */
export function applyAppearance(): void {
  show(appearance.get());
  appearance.subscribe(() => {
    show(appearance.get());
    localStorage.setItem(KEY, JSON.stringify(appearance.get()));
  });
}
