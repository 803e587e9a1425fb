import { element } from "../shared/elements.js";
import { fieldTable, fieldTableOf, resolve } from "./schema.js";

/** One route: what it takes, what it answers, and how to ask. */
export function operationView({ path, method, operation, api }) {
  const id = `${method}-${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "")}`;
  const title = element(
    "h3",
    {},
    element("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
    element("code", { textContent: path }),
    element("a", { href: `#${id}`, textContent: "#", ariaLabel: `Link to ${method} ${path}` }),
  );
  const parameters = (operation.parameters ?? []).map(({ name, in: where, required, schema, description }) => ({
    name,
    note: where,
    required,
    schema: { description, ...schema },
  }));
  return element(
    "section",
    { id },
    title,
    element("p", { textContent: operation.summary }),
    ...(operation["x-codeSamples"] ?? []).map(sampleView),
    ...(parameters.length > 0 ? [part("Parameters", fieldTable(parameters, api))] : []),
    ...contentViews("Body", operation.requestBody?.content, api),
    ...Object.entries(operation.responses).map(([status, response]) => responseView(status, response, api)),
  );
}

function sampleView({ label, source }) {
  const text = source.replaceAll(/http:\/\/127\.0\.0\.1:8000/g, location.origin);
  const copy = element("button", { type: "button", textContent: "Copy", ariaLabel: `Copy: ${label}` });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  });
  const code = element(
    "pre",
    { tabIndex: 0, ariaLabel: label, role: "region" },
    element("code", { textContent: text }),
  );
  return element("figure", {}, element("figcaption", { textContent: label }), copy, code);
}

function contentViews(name, content = {}, api) {
  return Object.entries(content).map(([type, { schema }]) => {
    const body = resolve(schema, api);
    return part(`${name}: ${type}`, fieldTableOf(body, api));
  });
}

function responseView(status, { description, content, headers }, api) {
  const parts = contentViews("Answer", content, api);
  const rows = Object.entries(headers ?? {}).map(([name, header]) => ({
    name,
    note: "header",
    schema: { ...header.schema, ...header },
  }));
  return element(
    "details",
    {},
    element("summary", {}, element("code", { textContent: status }), ` ${description}`),
    ...(rows.length > 0 ? [fieldTable(rows, api)] : []),
    ...parts,
  );
}

function part(name, ...content) {
  return element("div", {}, element("h4", { textContent: name }), ...content);
}
