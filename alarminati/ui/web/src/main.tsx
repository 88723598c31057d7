import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { loadTexts, type Texts, TextsContext } from "./i18n/texts";
import { startClock } from "./lib/clock";
import { appearance, applyAppearance } from "./lib/preferences";
import { usePart } from "./lib/store";
import "./styles/index.css";

function Root({ first }: { first: Texts }) {
  const language = usePart(appearance, (value) => value.language);
  const [texts, setTexts] = useState(first);
  useEffect(() => {
    void loadTexts(language).then(setTexts);
  }, [language]);
  return (
    <TextsContext value={texts}>
      <App />
    </TextsContext>
  );
}

applyAppearance();
startClock();
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
const place = document.getElementById("root");
if (place) {
  void loadTexts(appearance.get().language).then((first) => {
    createRoot(place).render(
      <StrictMode>
        <Root first={first} />
      </StrictMode>,
    );
  });
}
