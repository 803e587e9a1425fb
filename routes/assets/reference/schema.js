import { element } from "../shared/elements.js";

/** The schema that a reference leads to. */
export function resolve(schema, api) {
  const name = schema?.$ref?.split("/").pop();
  return name === undefined ? schema : resolve(api.components.schemas[name], api);
}

/** What a body or an answer is made of: its fields, or its type where it has none. */
export function fieldTableOf(schema, api) {
  const { properties, required = [] } = resolve(schema, api);
  if (!properties) return element("p", { textContent: typeOf(schema, api) });
  const rows = Object.entries(properties).map(([name, field]) => ({
    name,
    required: required.includes(name),
    schema: field,
  }));
  return fieldTable(rows, api);
}

/** Fields with type, limits, default and meaning; the fields within one fold out. */
export function fieldTable(rows, api) {
  const body = rows.map(({ name, note, required, schema }) => {
    const known = { ...resolve(schema, api), ...schema };
    const about = element("td", {}, known.description ?? "");
    const limits = limitsOf(known);
    if (limits) about.append(element("p", { className: "limits", textContent: limits }));
    const inner = innerOf(known, api);
    if (inner) about.append(foldedTable(inner, api));
    const label = element("th", { scope: "row" }, element("code", { textContent: name }));
    for (const word of [note, required && "needed"].filter(Boolean)) {
      label.append(element("small", { textContent: word }));
    }
    return element(
      "tr",
      {},
      label,
      element("td", {}, element("code", { textContent: typeOf(schema, api) })),
      about,
    );
  });
  const heads = ["Field", "Type", "What it is"].map((text) => element("th", { scope: "col", textContent: text }));
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body));
}

/** Made when it is opened, for schemas may hold themselves. */
function foldedTable(schema, api) {
  const details = element("details", {}, element("summary", { textContent: "Fields" }));
  details.addEventListener("toggle", () => details.append(fieldTableOf(schema, api)), { once: true });
  return details;
}

function innerOf(schema, api) {
  const candidates = [schema, schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return candidates.filter(Boolean).map((each) => resolve(each, api)).find(({ properties }) => properties);
}

/** A schema's type in words. */
export function typeOf(schema, api) {
  const { type, format, items, anyOf, oneOf, prefixItems, const: only } = resolve(schema, api) ?? {};
  const name = schema.$ref?.split("/").pop();
  if (name) return name;
  if (only !== undefined) return JSON.stringify(only);
  const some = anyOf ?? oneOf;
  if (some) return [...new Set(some.map((each) => typeOf(each, api)))].join(" or ");
  if (prefixItems) return `[${prefixItems.map((each) => typeOf(each, api)).join(", ")}]`;
  if (type === "array") return `list of ${items ? typeOf(items, api) : "anything"}`;
  const types = [type ?? "anything"].flat().join(" or ");
  return format ? `${types} (${format})` : types;
}

function limitsOf({ minimum, maximum, minLength, maxLength, pattern, enum: values, default: standard, example }) {
  const range = [minimum ?? minLength, maximum ?? maxLength];
  return [
    values && `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    range.some((end) => end !== undefined) && `${range[0] ?? ""} … ${range[1] ?? ""}${maxLength ? " characters" : ""}`,
    pattern && `matches ${pattern}`,
    standard !== undefined && `default ${JSON.stringify(standard)}`,
    example !== undefined && `such as ${JSON.stringify(example)}`,
  ].filter(Boolean).join("; ");
}
