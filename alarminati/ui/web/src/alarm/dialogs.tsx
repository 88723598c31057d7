import { useState } from "react";
import { Dialog } from "../components/dialog";
import { useTexts } from "../i18n/texts";

/** A note for the whole team. */
export function NoteDialog({ onClose, onSend }: { onClose: () => void; onSend: (comment: string) => void }) {
  const t = useTexts();
  const [comment, setComment] = useState("");
  return (
    <Dialog title={t.noteTitle} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!comment.trim()) return;
          onSend(comment.trim());
          onClose();
        }}
      >
        <textarea
          className="area"
          rows={3}
          maxLength={1024}
          aria-label={t.note}
          placeholder={t.noteHint}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
        <div className="dialog-foot">
          <button type="submit" className="btn main">
            {t.send}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Asks before alarms are resolved by hand, since everybody sees it. */
export function ResolveDialog({
  count,
  onClose,
  onSend,
}: {
  count: number;
  onClose: () => void;
  onSend: (comment: string) => void;
}) {
  const t = useTexts();
  const [comment, setComment] = useState("");
  return (
    <Dialog title={t.resolve} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onSend(comment.trim());
          onClose();
        }}
      >
        <p>{t.resolveAsk(count)}</p>
        <p className="muted">{t.resolveHelp}</p>
        <label className="f">
          <span>{t.reason}</span>
          <input
            className="input"
            maxLength={1024}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        </label>
        <div className="dialog-foot">
          <button type="submit" className="btn main">
            {t.resolve}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
