import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { get } from "../api/client";
import type { AlarmList } from "../api/schema";
import { useTexts } from "../i18n/texts";
import { type Command, DEFAULTS, shown } from "../keys/bindings";
import { chordOf, run } from "../keys/keyboard";
import { keyOf, languageOf, pathOf } from "../lib/alarms";
import { FIRST, listPath, split } from "../store/query";
import { useSummary } from "../store/summary";
import { Dialog } from "./dialog";
import { Icon } from "./icon";
import { ChipMark } from "./where";

const HIDDEN: readonly Command[] = ["down", "up", "open", "back", "extendDown", "extendUp", "palette"];
const TYPING_MS = 120;
const ALARMS = 6;

interface Choice {
  id: string;
  text: string;
  hint: React.ReactNode;
  icon: React.ReactNode;
  go: () => void;
}

/** Letters in their order, with others between them: "ack" finds "acknowledge". */
export function matches(text: string, typed: string): boolean {
  const wanted = typed.toLowerCase().replace(/\s+/g, "");
  let at = 0;
  for (const letter of text.toLowerCase()) if (letter === wanted[at]) at += 1;
  return at === wanted.length;
}

/** Every command, cluster and, once something is typed, alarm, by keyboard. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState("");
  const [index, setIndex] = useState(0);
  const [alarms, setAlarms] = useState<AlarmList["rows"]>([]);
  const chips = useSummary()?.clusters ?? [];
  useEffect(() => {
    if (typed.trim().length < 2) return setAlarms([]);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const asked = { ...FIRST, ...split(typed), tab: "firing" as const };
      get<AlarmList>(listPath(asked, { limit: ALARMS }), abort.signal).then(
        (answer) => setAlarms(answer.rows.slice(0, ALARMS)),
        () => setAlarms([]),
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [typed]);
  const choices = useMemo((): Choice[] => {
    const commands = (Object.keys(DEFAULTS) as Command[])
      .filter((name) => !HIDDEN.includes(name) && matches(`${t.commands[name]} ${name}`, typed))
      .map((name) => ({
        id: name,
        text: t.commands[name],
        hint: chordOf(name) && <span className="kbd">{shown(chordOf(name))}</span>,
        icon: null,
        go: () => setTimeout(() => run(name)),
      }));
    const clusters = chips
      .filter((chip) => typed && matches(`${chip.project} ${chip.name}`, typed))
      .map((chip) => ({
        id: `cluster ${chip.id}`,
        text: `${chip.project} ${chip.name}`,
        hint: <span className="muted">{t.clusters}</span>,
        icon: <ChipMark chip={chip} />,
        go: () => navigate(`/?cluster=${encodeURIComponent(chip.id)}`),
      }));
    const found = alarms.map((row) => ({
      id: keyOf(row),
      text: row.message,
      hint: <span className="muted">{t[row.severity]}</span>,
      icon: <ChipMark chip={chips.find((chip) => chip.id === row.cluster)} />,
      go: () => navigate(pathOf(row)),
    }));
    return [...commands, ...clusters, ...found];
  }, [typed, alarms, chips, t, navigate]);
  const chosen = Math.min(index, Math.max(0, choices.length - 1));
  const pick = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    choice.go();
  };
  const walk = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && choices.length) setIndex((chosen + step + choices.length) % choices.length);
    else if (event.key === "Enter") pick(choices[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t.palette} onClose={onClose}>
      <div className="palette">
        <label className="field">
          <Icon name="search" />
          <input
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={choices[chosen] ? `choice-${chosen}` : undefined}
            aria-label={t.paletteHint}
            placeholder={t.paletteHint}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setIndex(0);
            }}
            onKeyDown={walk}
          />
        </label>
        <div role="listbox" id="palette-list" aria-label={t.palette} className="choices">
          {choices.map((choice, place) => (
            <Option
              key={choice.id}
              choice={choice}
              id={`choice-${place}`}
              chosen={place === chosen}
              pick={() => pick(choice)}
            />
          ))}
        </div>
        {choices.length === 0 && <p className="muted">{t.paletteEmpty}</p>}
      </div>
    </Dialog>
  );
}

function Option({ choice, id, chosen, pick }: { choice: Choice; id: string; chosen: boolean; pick: () => void }) {
  useEffect(() => {
    if (chosen) document.getElementById(id)?.scrollIntoView({ block: "nearest" });
  }, [chosen, id]);
  return (
    <div id={id} role="option" aria-selected={chosen} tabIndex={-1} onClick={pick}>
      {choice.icon}
      <span className="text" lang={languageOf(choice.text)}>
        {choice.text}
      </span>
      {choice.hint}
    </div>
  );
}
