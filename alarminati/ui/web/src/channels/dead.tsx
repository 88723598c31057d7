import { ApiError, post } from "../api/client";
import type { DeadLetters, ResendRequest, Resent } from "../api/schema";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { languageOf } from "../lib/alarms";
import { useNow } from "../lib/clock";
import { moment } from "../lib/time";
import { useAnswer } from "../lib/use-answer";

/** Notifications that their channels would not take, with a way to send them again. */
export function Dead({ cluster, writable }: { cluster: string; writable: boolean }) {
  const t = useTexts();
  const now = useNow();
  const { answer, again } = useAnswer<DeadLetters>(`/api/channels/${encodeURIComponent(cluster)}/dead`);
  const resend = async (request: ResendRequest) => {
    try {
      const { count } = await post<Resent>(`/api/channels/${encodeURIComponent(cluster)}/resend`, request);
      toast(t.resent(count));
      again();
    } catch (error) {
      if (error instanceof ApiError) toast(t.actFailed(error.sentence(t.locale)));
    }
  };
  const letters = answer?.letters ?? [];
  if (!letters.length) return null;
  const button = (text: string, request: ResendRequest) => (
    <button
      type="button"
      className="btn"
      aria-disabled={!writable}
      title={writable ? undefined : t.needsOperator}
      onClick={() => writable && void resend(request)}
    >
      {text}
    </button>
  );
  return (
    <section className="dead" aria-label={t.deadLetters}>
      <h3 className="h">{t.deadLettersCount(letters.length)}</h3>
      <ul className="items">
        {letters.map((letter) => (
          <li key={letter.id} className="item">
            <div>
              <b>{letter.channel}</b>
              <small>{moment(letter.time_ms, now, t)}</small>
            </div>
            <div>
              {letter.messages.map((message) => (
                <span key={message} className="line" lang={languageOf(message)}>
                  {message}
                </span>
              ))}
              <small>{t.deadLetterLeft(letter.alarms)}</small>
            </div>
            <div>{letter.detail}</div>
            <div className="item-acts">{button(t.resend, { ids: [letter.id] })}</div>
          </li>
        ))}
      </ul>
      {letters.length > 1 && <p>{button(t.resendAll, { ids: letters.map((letter) => letter.id) })}</p>}
    </section>
  );
}
