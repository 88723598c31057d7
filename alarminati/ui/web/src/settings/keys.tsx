import { useEffect, useState } from "react";
import { Icon } from "../components/icon";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { type Command, DEFAULTS, shown, written } from "../keys/bindings";
import { bindingsOf, changeSettings, type Settings } from "../store/settings";

const CHANGEABLE = (Object.keys(DEFAULTS) as Command[]).filter(
  (command) => !["open", "back", "palette"].includes(command),
);
const MODIFIERS = /^(Shift|Control|Alt|Meta)(Left|Right)$/;

/** Find who else uses a chord. */
export function takenBy(chord: string, by: Command, own: Record<string, string>): Command | null {
  const all = Object.entries(bindingsOf(own)) as [Command, readonly string[]][];
  return all.find(([command, chords]) => command !== by && chords.includes(chord))?.[0] ?? null;
}

/** Keys and what they do; a press of the button takes the next key. */
export function Keys({ settings }: { settings: Settings }) {
  const t = useTexts();
  const [taking, setTaking] = useState<Command | null>(null);
  useEffect(() => {
    if (!taking) return;
    const take = (event: KeyboardEvent) => {
      if (MODIFIERS.test(event.code) || event.isComposing) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      setTaking(null);
      if (event.code === "Escape") return;
      const chord = written(event);
      const other = takenBy(chord, taking, settings.keys);
      if (other) return toast(t.shortcutTaken(t.commands[other]));
      void changeSettings({ keys: { ...settings.keys, [taking]: chord } });
    };
    window.addEventListener("keydown", take, { capture: true });
    return () => window.removeEventListener("keydown", take, { capture: true });
  }, [taking, settings.keys, t]);
  const reset = (command: Command) => {
    const { [command]: _, ...rest } = settings.keys;
    void changeSettings({ keys: rest });
  };
  const bindings = bindingsOf(settings.keys);
  return (
    <details className="key-list">
      <summary className="h fold">
        <Icon name="right" />
        {t.shortcutsAll}
      </summary>
      <ul>
        {CHANGEABLE.map((command) => (
          <li key={command} className="line">
            <span>{t.commands[command]}</span>
            <span className="inline">
              {settings.keys[command] && (
                <button type="button" className="btn bare" onClick={() => reset(command)}>
                  {t.shortcutReset}
                </button>
              )}
              <button
                type="button"
                className="btn"
                aria-label={`${t.commands[command]}: ${bindings[command].map(shown).join(", ")}`}
                onClick={() => setTaking(command)}
              >
                {taking === command
                  ? t.shortcutPress
                  : bindings[command].map((chord) => (
                      <span key={chord} className="kbd">
                        {shown(chord)}
                      </span>
                    ))}
              </button>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
