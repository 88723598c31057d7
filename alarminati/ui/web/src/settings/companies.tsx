import { useState } from "react";
import { ApiError, del, post, put } from "../api/client";
import type { ClusterList, Company, CompanyChange } from "../api/schema";
import { Dialog } from "../components/dialog";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { bytes } from "../lib/figures";
import { useAnswer } from "../lib/use-answer";

const RETENTIONS = [0, 365, 90] as const;

/** Employers: named, archived, kept so long, exported and deleted, each in one place. */
export function Companies() {
  const t = useTexts();
  const { answer, again } = useAnswer<ClusterList>("/api/clusters");
  const [name, setName] = useState("");
  const attempt = async (change: () => Promise<unknown>) => {
    try {
      await change();
      again();
    } catch (error) {
      if (error instanceof ApiError) toast(t.actFailed(error.sentence(t.locale)));
    }
  };
  const free =
    answer?.clusters.filter((one) => !one.chip.company && one.chip.state !== "archived").map((one) => one.chip.id) ??
    [];
  const create = () =>
    attempt(() => post("/api/companies", { name: name.trim(), clusters: free } satisfies CompanyChange)).then(() =>
      setName(""),
    );
  return (
    <div className="rows">
      <p className="muted">{t.companyHelp}</p>
      {answer?.companies.map((company) => (
        <OneCompany key={company.id} company={company} attempt={attempt} />
      ))}
      <form
        className="inline"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) void create();
        }}
      >
        <input
          className="input short wide"
          aria-label={t.company}
          placeholder={t.company}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="btn">
          {t.companyAdd(free.length)}
        </button>
      </form>
    </div>
  );
}

function OneCompany({
  company,
  attempt,
}: {
  company: Company;
  attempt: (change: () => Promise<unknown>) => Promise<void>;
}) {
  const t = useTexts();
  const [removing, setRemoving] = useState(false);
  const path = `/api/companies/${encodeURIComponent(company.id)}`;
  const change = (part: CompanyChange) => void attempt(() => put(path, part));
  const clusters = company.clusters.map((id) => `&cluster=${encodeURIComponent(id)}`).join("");
  const texts = { 0: t.retentionForever, 365: t.retentionYear, 90: t.retentionQuarter };
  return (
    <div className="company">
      <div className="line">
        <span>
          <b>{company.archived_ms ? t.archived(company.name) : company.name}</b>{" "}
          <span className="muted">
            {t.clusterCount(company.clusters.length)}, {t.storageText(company.records, bytes(company.bytes))}
          </span>
        </span>
        <span className="inline">
          <button type="button" className="btn" onClick={() => change({ archived: !company.archived_ms })}>
            {company.archived_ms ? t.companyRestore : t.companyArchive}
          </button>
          <button type="button" className="btn bare" onClick={() => setRemoving(true)}>
            {t.companyRemove}
          </button>
        </span>
      </div>
      <div className="line">
        <span>{t.retention}</span>
        <span className="opts" role="radiogroup" aria-label={`${t.retention}: ${company.name}`}>
          {RETENTIONS.map((days) => (
            <label key={days} className="opt">
              <input
                type="radio"
                name={`retention ${company.id}`}
                checked={company.retention_days === days}
                onChange={() => change({ retention_days: days })}
              />
              <span>{texts[days]}</span>
            </label>
          ))}
        </span>
      </div>
      {removing && (
        <Dialog title={t.companyRemoveAsk(company.name)} onClose={() => setRemoving(false)}>
          <div className="dialog-body">
            <p className="muted">{t.companyRemoveHelp}</p>
            <div className="dialog-foot">
              <a className="btn main" href={`/api/export?format=jsonl&tab=all&archived=1${clusters}`} download>
                {t.exportJsonl}
              </a>
              <button
                type="button"
                className="btn"
                onClick={() => {
                  setRemoving(false);
                  void attempt(() => del(`${path}?history=delete`));
                }}
              >
                {t.removeAll}
              </button>
              <button type="button" className="btn bare" onClick={() => setRemoving(false)}>
                {t.cancel}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </div>
  );
}
