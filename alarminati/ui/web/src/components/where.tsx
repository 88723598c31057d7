import type { ClusterChip } from "../api/schema";
import { Mark } from "./mark";

/** The mark of a cluster with its names. */
export function ChipMark({ chip }: { chip: ClusterChip | undefined }) {
  if (!chip) return null;
  return (
    <Mark
      letters={chip.mark}
      tint={(chip.tint % 8) + 1}
      prod={chip.environment === "PROD"}
      gone={chip.state === "archived"}
    />
  );
}

/** Where an alarm is: mark, project and cluster. */
export function Where({ chip, cluster, project }: { chip: ClusterChip | undefined; cluster: string; project: string }) {
  return (
    <span role="gridcell" className="where">
      <ChipMark chip={chip} />
      {project && <span>{project}</span>}
      <span>{chip?.name ?? cluster}</span>
    </span>
  );
}

/** PROD, STG or DEV, as the owner says. */
export function Environment({ chip }: { chip: ClusterChip }) {
  if (!chip.environment) return null;
  return <span className={chip.environment === "PROD" ? "tag prod" : "tag"}>{chip.environment}</span>;
}
