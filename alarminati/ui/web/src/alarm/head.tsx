import type { AlarmRow, Text } from "../api/schema";
import { novelty } from "../components/row";
import { Sign } from "../components/sign";
import { ChipMark, Environment } from "../components/where";
import { useTexts } from "../i18n/texts";
import { languageOf, signOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { moment } from "../lib/time";
import { useChip } from "../store/summary";

/** Take the last clause of a sentence, which is the one that asks for something. */
export function lastClause(sentence: string): [string, string] {
  const at = sentence.lastIndexOf(", ");
  return at < 0 ? ["", sentence] : [sentence.slice(0, at + 1), sentence.slice(at + 2)];
}

/** A middle dot never begins a line. */
const joined = (text: string) => text.replace(/·/g, "\u2060·");

/** What a colleague would say: severity and place, the message, a sentence. */
export function AlarmHead({ row, sentence, full }: { row: AlarmRow; sentence: Text | null; full?: boolean }) {
  const t = useTexts();
  const now = useNow();
  const chip = useChip(row.cluster);
  const [before, asks] = lastClause(joined(sentence?.[t.locale] ?? ""));
  return (
    <>
      <p className="meta">
        <Sign name={signOf(row)} />
        <span>{novelty(row, now, t)}</span>
        <span aria-hidden="true">·</span>
        <ChipMark chip={chip} />
        <span>{chip ? `${chip.project} ${chip.name}`.trim() : row.cluster}</span>
        {chip && <Environment chip={chip} />}
        {full && (
          <>
            <span aria-hidden="true">·</span>
            <span>{t.since(moment(row.start_ms, now, t))}</span>
            {row.report_count > 1 && (
              <>
                <span aria-hidden="true">·</span>
                <span title={t.reportedTimes(row.report_count)}>{t.times(row.report_count)}</span>
              </>
            )}
          </>
        )}
      </p>
      <h1 className="title" lang={languageOf(row.message)}>
        {row.message}
      </h1>
      <p className="say">
        {before} <b>{asks}</b>
      </p>
    </>
  );
}
