import { call } from "../shared/api.js";
import { byId, element } from "../shared/elements.js";
import { operationView } from "./operation.js";

const METHODS = ["get", "post", "put", "delete"];

try {
  show(await (await call("openapi.json")).json());
  byId("told").hidden = true;
} catch (error) {
  byId("told").textContent = error.message;
}

function show(api) {
  byId("title").textContent = `${api.info.title} ${api.info.version}`;
  byId("about").textContent = api.info.description;
  const entries = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] }))
  );
  const groups = [...Map.groupBy(entries, ({ path }) => groupOf(path))];
  groups.sort(([a], [b]) => Number(a === "Operation") - Number(b === "Operation"));
  for (const [group, members] of groups) {
    const heading = element("h2", { textContent: group });
    const list = element("ul");
    const links = element("div", {}, element("p", { textContent: group }), list);
    const views = members.map(({ path, method, operation }) => {
      const view = operationView({ path, method, operation, api });
      const link = element("a", { href: `#${view.id}`, textContent: `${method.toUpperCase()} ${path}` });
      const item = element("li", {}, link);
      list.append(item);
      return { view, item, text: JSON.stringify([method, path, operation]).toLowerCase() };
    });
    byId("routes").append(links);
    byId("operations").append(heading, ...views.map(({ view }) => view));
    byId("filter").addEventListener("input", ({ target }) => {
      const wanted = target.value.trim().toLowerCase();
      for (const { view, item, text } of views) view.hidden = item.hidden = !text.includes(wanted);
      heading.hidden = links.hidden = views.every(({ view }) => view.hidden);
    });
  }
  // The place was not there yet when the browser looked for it.
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

/** Routes that belong together begin with the same two names; those of one name are for who operates the server. */
function groupOf(path) {
  const [, first, second] = path.split("/");
  return second === undefined ? "Operation" : `/${first}/${second}`;
}
