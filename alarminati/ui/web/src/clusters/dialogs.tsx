import { useState } from "react";
import type { Cluster, ClusterChange } from "../api/schema";
import { Dialog } from "../components/dialog";
import { Mark } from "../components/mark";
import { useTexts } from "../i18n/texts";

const TINTS = [0, 1, 2, 3, 4, 5, 6, 7];
const ENVIRONMENTS = ["", "PROD", "STG", "DEV"] as const;
const MB = 1_000_000;

/** Asks what becomes of the history when a cluster is removed. */
export function RemoveDialog({
  cluster,
  onClose,
  onRemove,
}: {
  cluster: Cluster;
  onClose: () => void;
  onRemove: (history: "keep" | "delete") => void;
}) {
  const t = useTexts();
  const remove = (history: "keep" | "delete") => () => {
    onRemove(history);
    onClose();
  };
  return (
    <Dialog title={t.removeAsk(cluster.chip.name)} onClose={onClose}>
      <div className="dialog-body">
        <p className="muted">{t.removeHelp}</p>
        <div className="dialog-foot">
          <button type="button" className="btn main" onClick={remove("keep")}>
            {t.removeKeep}
          </button>
          <button type="button" className="btn" onClick={remove("delete")}>
            {t.removeAll}
          </button>
          <button type="button" className="btn bare" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** How a cluster looks here: its letters, tint, environment, company and budget. */
export function EditDialog({
  cluster,
  onClose,
  onSave,
}: {
  cluster: Cluster;
  onClose: () => void;
  onSave: (change: ClusterChange) => void;
}) {
  const t = useTexts();
  const { chip } = cluster;
  const [mark, setMark] = useState(chip.mark);
  const [tint, setTint] = useState(chip.tint);
  const [environment, setEnvironment] = useState(chip.environment);
  const [budget, setBudget] = useState(String(cluster.traffic.budget_bytes / MB || ""));
  return (
    <Dialog title={`${t.editCluster}: ${chip.name}`} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onSave({ mark: mark.trim(), tint, environment, budget_bytes: Math.round((Number(budget) || 0) * MB) });
          onClose();
        }}
      >
        <label className="f">
          <span>{t.clusterMark}</span>
          <input
            className="input short"
            maxLength={2}
            required
            value={mark}
            onChange={(event) => setMark(event.target.value)}
          />
        </label>
        <fieldset>
          <legend>{t.tint}</legend>
          <div className="opts">
            {TINTS.map((one) => (
              <label key={one} className="opt">
                <input
                  type="radio"
                  name="tint"
                  aria-label={`${t.tint} ${one + 1}`}
                  checked={tint === one}
                  onChange={() => setTint(one)}
                />
                <Mark letters={mark} tint={one + 1} prod={environment === "PROD"} />
              </label>
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend>{t.environment}</legend>
          <div className="opts">
            {ENVIRONMENTS.map((one) => (
              <label key={one} className="opt">
                <input
                  type="radio"
                  name="environment"
                  checked={environment === one}
                  onChange={() => setEnvironment(one)}
                />
                <span>{one || t.none}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label className="f">
          <span>{t.budget}, MB</span>
          <input
            className="input short"
            inputMode="decimal"
            value={budget}
            onChange={(event) => setBudget(event.target.value)}
          />
          <small>{t.budgetHelp}</small>
        </label>
        <div className="dialog-foot">
          <button type="submit" className="btn main">
            {t.save}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
