import { createContext, useContext } from "react";
import type { ko } from "./ko";

/** Every text of the page. A catalogue without one of them is a type error. */
export type Texts = typeof ko;
export type Language = "ko" | "en";

/** Load a catalogue; only one of them is part of the first load. */
export async function loadTexts(language: Language): Promise<Texts> {
  return language === "ko" ? (await import("./ko")).ko : (await import("./en")).en;
}

export const TextsContext = createContext<Texts | null>(null);

/** Return the texts of the person's language. */
export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (!texts) throw new Error("no catalogue is loaded");
  return texts;
}

/** Choose the language of somebody who has not chosen yet. */
export function preferredLanguage(languages: readonly string[]): Language {
  return languages[0]?.toLowerCase().startsWith("ko") ? "ko" : "en";
}
