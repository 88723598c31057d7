import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { Cluster, ClusterList, Company } from "../api/schema";
import { ClusterDetails } from "../clusters/details";
import { ClusterRow } from "../clusters/row";
import { Icon } from "../components/icon";
import { type Texts, useTexts } from "../i18n/texts";
import { megabytes } from "../lib/figures";
import { useAnswer } from "../lib/use-answer";
import { useSummary } from "../store/summary";
import "../styles/clusters.css";
import "../styles/forms.css";

/** Say in a line how the clusters are. */
export function stateLine(clusters: readonly Cluster[], t: Texts): string {
  const count = (state: string) => clusters.filter((one) => one.chip.state === state).length;
  if (clusters.length && count("unknown") === clusters.length) return t.clustersUnknown(clusters.length);
  return t.clusterSummary(count("live"), count("late"), count("silent") + count("ended"), clusters.length);
}

/** Group clusters by project, those with a silent one first. */
export function byProject(clusters: readonly Cluster[]): [string, Cluster[]][] {
  const groups = new Map<string, Cluster[]>();
  for (const one of clusters) groups.set(one.chip.project, [...(groups.get(one.chip.project) ?? []), one]);
  return [...groups];
}

/** Clusters by company and project: heard or not, masters, checks, traffic, certificates. */
export default function ClustersPage() {
  const t = useTexts();
  const { answer, again } = useAnswer<ClusterList>("/api/clusters");
  const chips = useSummary()?.clusters;
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const all = (answer?.clusters ?? []).map((one) => ({
    ...one,
    chip: chips?.find((chip) => chip.id === one.chip.id) ?? one.chip,
  }));
  const quiet = (one: Cluster) => (one.chip.state === "silent" || one.chip.state === "ended" ? 0 : 1);
  const present = all.filter((one) => one.chip.state !== "archived").sort((a, b) => quiet(a) - quiet(b));
  const asked = decodeURIComponent(location.hash.slice(1));
  const there = answer !== null;
  useEffect(() => {
    if (there && asked) document.getElementById(asked)?.focus();
  }, [there, asked]);
  const isOpen = (one: Cluster) =>
    toggled.get(one.chip.id) ?? (one.chip.id === asked || one.chip.state === "silent" || one.chip.state === "ended");
  const toggle = (one: Cluster) => setToggled((before) => new Map(before).set(one.chip.id, !isOpen(one)));
  return (
    <div className="page">
      <div className="page-in wide">
        <header className="page-head">
          <h1>{t.clusters}</h1>
          {there && <p className="muted">{stateLine(present, t)}</p>}
          <span className="end">
            <Link className="btn" href="/join">
              <Icon name="plus" />
              <span>{t.join}</span>
            </Link>
          </span>
        </header>
        {there && (
          <>
            <div className="ct" role="treegrid" aria-label={t.clusters}>
              <div className="crow th" role="row">
                {[
                  t.clusters,
                  t.columnState,
                  t.columnMaster,
                  t.columnChecks,
                  t.columnKeepalive,
                  t.columnTraffic,
                  t.columnCertificate,
                ].map((name) => (
                  <span key={name} role="columnheader">
                    {name}
                  </span>
                ))}
              </div>
              {byProject(present).map(([project, clusters]) => (
                <Project
                  key={project}
                  name={project}
                  clusters={clusters}
                  isOpen={isOpen}
                  toggle={toggle}
                  onChanged={again}
                />
              ))}
            </div>
            {answer.companies
              .filter((company) => company.archived_ms > 0)
              .map((company) => (
                <Archive
                  key={company.id}
                  company={company}
                  clusters={all.filter((one) => company.clusters.includes(one.chip.id))}
                />
              ))}
            <Legend clusters={present} />
          </>
        )}
      </div>
    </div>
  );
}

function Project({
  name,
  clusters,
  isOpen,
  toggle,
  onChanged,
}: {
  name: string;
  clusters: readonly Cluster[];
  isOpen: (one: Cluster) => boolean;
  toggle: (one: Cluster) => void;
  onChanged: () => void;
}) {
  const t = useTexts();
  return (
    <div role="rowgroup" aria-label={name}>
      <div className="gh" role="row">
        <span role="gridcell">{name}</span>
        <span className="muted" role="gridcell">
          {t.clusterCount(clusters.length)}
        </span>
      </div>
      {clusters.map((one) => (
        <div key={one.chip.id} role="presentation">
          <ClusterRow cluster={one} open={isOpen(one)} onToggle={() => toggle(one)} />
          {isOpen(one) && (
            <div role="row">
              <div role="gridcell">
                <ClusterDetails cluster={one} onChanged={onChanged} />
              </div>
            </div>
          )}
        </div>
      ))}
    </div>
  );
}

function Archive({ company, clusters }: { company: Company; clusters: readonly Cluster[] }) {
  const t = useTexts();
  return (
    <details className="arch">
      <summary>
        <Icon name="right" />
        {t.archived(company.name)}
        <span className="muted">{t.archivedText(company.clusters.length, company.records)}</span>
      </summary>
      <ul className="arch-list">
        {clusters.map((one) => (
          <li key={one.chip.id}>
            <Link className="link" href={`/?tab=all&cluster=${encodeURIComponent(one.chip.id)}`}>
              {one.chip.project} {one.chip.name}
            </Link>{" "}
            <span className="muted">{t.journalText(one.records)}</span>
          </li>
        ))}
      </ul>
      <p>
        <a
          className="btn"
          href={`/api/export?format=jsonl&archived=1${company.clusters.map((id) => `&cluster=${encodeURIComponent(id)}`).join("")}`}
          download
        >
          {t.exportJsonl}
        </a>
      </p>
    </details>
  );
}

function Legend({ clusters }: { clusters: readonly Cluster[] }) {
  const t = useTexts();
  const sum = (pick: (one: Cluster) => number) => clusters.reduce((total, one) => total + pick(one), 0);
  const today = `${megabytes(
    sum((one) => one.traffic.today_bytes),
    2,
  )} MB`;
  const budgets = sum((one) => one.traffic.budget_bytes);
  const budget = budgets > 0 ? `${megabytes(budgets)} MB` : "";
  const month = `${megabytes(
    sum((one) => one.traffic.days30_bytes),
    1,
  )} MB`;
  const won = Math.round(sum((one) => one.traffic.days30_won));
  return (
    <p className="legend">
      {budget && (
        <>
          <span>{t.legend}</span>
          <span>
            <i className="now" />
            {t.legendNow}
          </span>
          <span>
            <i className="exp" />
            {t.legendExpected}
          </span>
          <span>
            <i className="lim" />
            {t.legendBudget}
          </span>
        </>
      )}
      <span className="end">{t.trafficTotal(today, budget, month, won)}</span>
    </p>
  );
}
