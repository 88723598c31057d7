import type { AlarmRow, Selection, Settings } from "./schema";

/* Words of the schema that it has no name for. */
export type Severity = AlarmRow["severity"];
export type Tab = NonNullable<Selection["tab"]>;
export type Order = NonNullable<Settings["order"]>;
