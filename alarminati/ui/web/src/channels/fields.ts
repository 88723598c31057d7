/** A setting of a channel, as its JSON Schema describes it. */
export interface Field {
  name: string;
  kind: "text" | "secret" | "number" | "switch" | "choice" | "json";
  required: boolean;
  about: string;
  choices: readonly string[];
  initial: unknown;
}

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Follow a reference into the schema's own definitions. */
function resolved(schema: Schema, root: Schema): Schema {
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const definitions = isSchema(root.$defs) ? root.$defs : isSchema(root.definitions) ? root.definitions : {};
    const found = definitions[name];
    return isSchema(found) ? { ...found, ...schema, $ref: undefined } : schema;
  }
  if (Array.isArray(schema.anyOf)) {
    const real = schema.anyOf.filter((one) => isSchema(one) && one.type !== "null").filter(isSchema);
    if (real.length === 1 && real[0]) return { ...resolved(real[0], root), ...schema, anyOf: undefined };
  }
  return schema;
}

function kindOf(schema: Schema): Field["kind"] {
  if (schema["x-secret"] === true || schema.format === "password") return "secret";
  if (Array.isArray(schema.enum)) return "choice";
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return "number";
  return schema.type === "string" || schema.type === undefined ? "text" : "json";
}

/** Return the fields of a form, required ones first. */
export function fieldsOf(schema: Schema): Field[] {
  const top = resolved(schema, schema);
  const properties = isSchema(top.properties) ? top.properties : {};
  const required = Array.isArray(top.required) ? top.required : [];
  const fields = Object.entries(properties).flatMap(([name, value]): Field[] => {
    if (!isSchema(value)) return [];
    const one = resolved(value, schema);
    return [
      {
        name,
        kind: kindOf(one),
        required: required.includes(name),
        about: typeof one.description === "string" ? one.description : "",
        choices: Array.isArray(one.enum) ? one.enum.map(String) : [],
        initial: one.default,
      },
    ];
  });
  return fields.sort((a, b) => Number(b.required) - Number(a.required));
}

export const KEPT = "<secret>";

/** Write a value into a field. */
export function shownValue(field: Field, value: unknown): string | boolean {
  if (field.kind === "switch") return Boolean(value);
  if (value === undefined || value === null) return "";
  if (field.kind === "secret" && value === KEPT) return "";
  return field.kind === "json" ? JSON.stringify(value) : String(value);
}

/** Read what was typed; undefined leaves the setting out. Throws SyntaxError for bad JSON. */
export function readValue(field: Field, typed: string | boolean, before: unknown): unknown {
  if (typeof typed === "boolean") return typed === Boolean(field.initial) && before === undefined ? undefined : typed;
  if (typed === "") return field.kind === "secret" && before === KEPT ? KEPT : undefined;
  if (field.kind === "number") return Number(typed);
  return field.kind === "json" ? JSON.parse(typed) : typed;
}
