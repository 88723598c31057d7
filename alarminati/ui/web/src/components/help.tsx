import { useTexts } from "../i18n/texts";
import { type Command, shown } from "../keys/bindings";
import { allChords } from "../keys/keyboard";
import { Dialog } from "./dialog";

const MOVE: readonly Command[] = [
  "down",
  "up",
  "open",
  "back",
  "previous",
  "next",
  "search",
  "fresh",
  "severity1",
  "severity2",
  "severity3",
  "severity4",
];
const ACT: readonly Command[] = [
  "select",
  "extendDown",
  "extendUp",
  "selectAll",
  "acknowledge",
  "done",
  "snooze",
  "silence",
  "note",
  "resolve",
  "undo",
  "copy",
];
const PAGES: readonly Command[] = [
  "goAlarms",
  "goClusters",
  "goChannels",
  "goSilences",
  "goStatistics",
  "goSettings",
  "join",
  "palette",
  "help",
];

/** All keys on one sheet. */
export default function Help({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const part = (title: string, commands: readonly Command[]) => (
    <section>
      <h3 className="h">{title}</h3>
      <dl>
        {commands.map((command) => (
          <Line key={command} text={t.commands[command]} chords={allChords(command)} />
        ))}
      </dl>
    </section>
  );
  return (
    <Dialog title={t.helpTitle} onClose={onClose} wide>
      <div className="keys dialog-body" role="group" aria-label={t.helpTitle} tabIndex={0}>
        {part(t.helpMove, MOVE)}
        {part(t.helpActs, ACT)}
        {part(t.helpPages, PAGES)}
      </div>
    </Dialog>
  );
}

function Line({ text, chords }: { text: string; chords: readonly string[] }) {
  return (
    <>
      <dt>{text}</dt>
      <dd>
        {chords.map((chord) => (
          <span key={chord} className="kbd">
            {shown(chord)}
          </span>
        ))}
      </dd>
    </>
  );
}
